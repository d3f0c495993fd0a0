import { Worker } from '../processes.js';
import type { ReaderCommand, Usage } from './read.js';
import type { UpstreamCommand } from './upstream.js';

/** How many connections are opened at a time: no more than the queue of a listening socket holds. */
const BATCH = 250;

/** What one turn has cost. */
export interface Turn {
  /** CPU time of the client per event, in µs. */
  readonly micros: number;
  /** How long some of the events took from the server to the subscriber, in µs. */
  readonly delays: number[];
}

/** A client in its own process, and the API that it reads, in another one. */
export class Lane {
  readonly name: string;
  readonly #upstream: Worker;
  readonly #reader: Worker;
  readonly #baseURL: string;
  #streams = 0;

  private constructor(name: string, upstream: Worker, reader: Worker, port: unknown) {
    this.name = name;
    this.#upstream = upstream;
    this.#reader = reader;
    this.#baseURL = `http://127.0.0.1:${String(port)}`;
  }

  /** Starts both processes. */
  static async start(name: string): Promise<Lane> {
    const upstream = new Worker('sockets/upstream', []);
    const reader = new Worker('sockets/read', [name]);
    const [port] = await Promise.all([upstream.answer(), reader.answer()]);
    return new Lane(name, upstream, reader, port);
  }

  /**
   * Opens streams until that many are open, and wait for events.
   *
   * @returns The CPU time of the client per new stream, in µs.
   */
  async open(streams: number): Promise<number> {
    const opened = streams - this.#streams;
    const before = await this.usage();
    while (this.#streams < streams) {
      const more = Math.min(BATCH, streams - this.#streams);
      this.#streams += more;
      this.#reader.send(['read', this.#baseURL, more] satisfies ReaderCommand);
      await this.#upstream.ask(['open', this.#streams] satisfies UpstreamCommand);
    }
    const after = await this.usage();
    return (after.cpuMicros - before.cpuMicros) / opened;
  }

  /** Opens that many streams more. */
  async openMore(streams: number): Promise<void> {
    await this.open(this.#streams + streams);
  }

  /** Sends deltas to each stream, `perSecond` in total. */
  async run(deltas: number, perSecond: number): Promise<Turn> {
    const before = await this.usage();
    const count = deltas * this.#streams;
    const received = this.#reader.ask(['receive', count] satisfies ReaderCommand);
    this.#upstream.send(['write', deltas, perSecond] satisfies UpstreamCommand);
    const delays = (await received) as number[];
    const after = await this.usage();
    return { micros: (after.cpuMicros - before.cpuMicros) / count, delays };
  }

  /** What the client's process has used so far. With 'memory', after garbage collection. */
  async usage(command: 'usage' | 'memory' = 'usage'): Promise<Usage> {
    return (await this.#reader.ask(command satisfies ReaderCommand)) as Usage;
  }

  /** Ends both processes. */
  end(): void {
    this.#reader.end();
    this.#upstream.end();
  }
}
