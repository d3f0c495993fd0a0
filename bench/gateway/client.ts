/** The clients of a gateway, which count deltas without parsing events. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { MARK, now, STAMP } from './frames.js';

const SLOW_BYTES_PER_SECOND = 1024;

/** What a client has received. */
export interface Received {
  readonly deltas: number;
  /** Whether the message ended, and not in an error. */
  readonly isComplete: boolean;
  /** The last characters. */
  readonly end: string;
  /** How long each delta took from the API to the client, in µs. */
  readonly delays: readonly number[];
}

/** Reads a stream as fast as it arrives. */
export async function readFast(port: number, path: string): Promise<Received> {
  const socket = await open(port, path);
  const received = new Counter();
  socket.on('data', (bytes) => {
    received.add(bytes);
  });
  await once(socket, 'close');
  return received;
}

/** Reads 1 KB per second until `isOver` is aborted, and then the rest. */
export async function readSlowly(port: number, path: string, isOver: AbortSignal): Promise<Received> {
  const socket = await open(port, path);
  const received = new Counter();
  const closed = once(socket, 'close');
  while (!isOver.aborted) {
    await setTimeout(1000, undefined, { signal: isOver }).catch(ignore);
    const bytes = socket.read(SLOW_BYTES_PER_SECOND) as Buffer | null;
    if (bytes !== null) received.add(bytes);
  }
  socket.on('data', (bytes) => {
    received.add(bytes);
  });
  await closed;
  return received;
}

class Counter implements Received {
  deltas = 0;
  isComplete = false;
  readonly delays: number[] = [];
  end = '';

  add(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    const arrived = now();
    this.deltas += text.split(MARK).length - 1;
    for (const [, stamp = ''] of text.matchAll(STAMP)) this.delays.push(arrived - parseInt(stamp, 36));
    this.end = (this.end + text).slice(-500);
    this.isComplete ||= this.end.includes('"message_stop"');
  }
}

async function open(port: number, path: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {
    socket.destroy();
  });
  await once(socket, 'connect');
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
  );
  return socket;
}

function ignore(): void {
  // The wait was aborted.
}
