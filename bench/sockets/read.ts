/**
 * Runs one client in its own process. The streams stay open between commands:
 *
 * - `['read', URL, STREAMS]` starts reading that many messages more.
 * - `['receive', DELTAS]` answers when that many deltas more have arrived, with the delays of some of them, in µs.
 * - `'usage'` answers with what the process has used so far, after garbage collection if it is `'memory'`.
 */
import { heapUsed } from '../measure.js';
import { delayOf } from '../gateway/frames.js';
import { SOCKET_CLIENTS, type OnText } from './clients.js';

/** What the process is told. */
export type ReaderCommand =
  'usage' | 'memory' | readonly ['read', baseURL: string, streams: number] | readonly ['receive', deltas: number];

/** What the process has used. */
export interface Usage {
  readonly cpuMicros: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** The delays of one stream in so many are measured, because the measurement takes time as well. */
const SAMPLE = 10;

const [name = ''] = process.argv.slice(2);
const createClient = SOCKET_CLIENTS[name] ?? (await import('./prefixes.js')).PREFIXES[name];
if (createClient === undefined) throw new Error(`There is no client named ${name}.`);

let received = 0;
let target = NaN;
let delays: number[] = [];
let opened = 0;

const count: OnText = () => {
  received += 1;
  if (received === target) reportDelays();
};

const measure: OnText = (text) => {
  delays.push(delayOf(text));
  count(text);
};

process.on('message', (command: ReaderCommand) => {
  if (command === 'usage' || command === 'memory') void reportUsage(command === 'memory');
  else if (command[0] === 'receive') {
    target = (Number.isNaN(target) ? 0 : target) + command[1];
    if (received === target) reportDelays();
  } else void openStreams(command[1], command[2]);
});
process.once('disconnect', () => process.exit());
process.send?.('ready');

async function openStreams(baseURL: string, streams: number): Promise<void> {
  const read = await createClient?.(baseURL);
  for (let i = 0; i < streams; i += 1, opened += 1) {
    void read?.(opened % SAMPLE === 0 ? measure : count).then(() => {
      throw new Error('A stream has ended.'); // ends the process, as a stream that fails does
    });
  }
}

function reportDelays(): void {
  process.send?.(delays);
  delays = [];
}

async function reportUsage(afterCollection: boolean): Promise<void> {
  if (afterCollection) await heapUsed();
  const { user, system } = process.cpuUsage();
  const { heapUsed: heapBytes, rss: rssBytes } = process.memoryUsage();
  const usage: Usage = { cpuMicros: user + system, heapBytes, rssBytes };
  process.send?.(usage);
}
