import { hasContent } from '../../api/content.js';
import { isTyped, type AnyEvent } from '../../api/events.js';
import { endsRun } from '../../api/runEvents.js';
import { eventError } from '../../errors/statusError.js';
import { NotFoundError } from '../../errors/statusClasses.js';
import { StreamEnd } from '../../protocol/streamEnd.js';
import { withPublicMessage } from '../publicMessage.js';
import type { EventLog, LogEntry, LogPage } from './eventLog.js';
import type { LogAccess } from './logAccess.js';
import { rememberLoggedError, withLoggedFacts } from './loggedEvents.js';
import { notAPosition } from './logOptions.js';

/** How long a read waits for the next event, in ms. Between two reads, an abandoned stream is noticed. */
const WAIT_MS = 5_000;

/** How many stored events are delivered at a time. */
const EVENTS_PER_TURN = 100;

/** Reads one stream for one client. */
export class LogReader {
  readonly #log: EventLog;
  readonly #access: LogAccess;
  readonly #streamId: string;
  readonly #signal: AbortSignal;
  readonly #end = new StreamEnd('run');
  #isMessageComplete = false;
  #hasContent = false;
  /** The position of the last event that the client had at first. */
  readonly #after: number;
  /** The position of the last event that the client has. */
  #position: number;

  constructor(log: EventLog, access: LogAccess, streamId: string, after: number, signal: AbortSignal) {
    this.#log = log;
    this.#access = access;
    this.#streamId = streamId;
    this.#after = after;
    this.#position = after;
    this.#hasContent = after > 0;
    this.#signal = signal;
  }

  get position(): number {
    return this.#position;
  }

  /** Receives an event that the client has got from elsewhere. */
  advance(event: AnyEvent, position: number): void {
    this.#observe(event);
    this.#position = position;
  }

  /**
   * Delivers the events that the client lacks, as far as they are stored, or the last event of a stream that has ended:
   * every response has an end. Validates the client's position: the event there must be stored, since a client gets no
   * event before it is.
   *
   * @returns The state of the stream.
   * @throws {NotFoundError} If there is no such stream.
   * @throws {BadRequestError} If the stream has no event at the client's position.
   */
  async start(deliver: (event: AnyEvent) => void): Promise<LogPage['state']> {
    const after = this.#position;
    if (after > this.#after) return this.next(deliver); // this response already has events
    if (after === 0) return this.#deliverPage(await this.#read(0, 0), deliver);
    const page = await this.#read(after - 1, 0);
    const [last, ...missed] = page.entries;
    if (page.state === 'unknown') throw this.#unknownStream();
    if (last === undefined) throw notAPosition(`The stream has no event at position ${after} yet.`);
    if (page.state === 'ended' && missed.length === 0) {
      this.#position = after - 1;
      return this.#deliverPage(page, deliver);
    }
    if (last.position === after) this.#observe(parse(last.data));
    return this.#deliverPage({ ...page, entries: missed }, deliver);
  }

  /** Waits for the next events, and delivers them. Throws as `start` does. */
  async next(deliver: (event: AnyEvent) => void): Promise<LogPage['state']> {
    return this.#deliverPage(await this.#read(this.#position, WAIT_MS), deliver);
  }

  /** Delivers the stored events that the client lacks. */
  async catchUp(stored: readonly LogEntry[], deliver: (event: AnyEvent) => void): Promise<void> {
    await this.#deliverPage({ entries: stored.slice(this.#position), state: 'live' }, deliver);
  }

  /** Reads the events up to a position. */
  async readUntil(position: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    while (entries.length < position) {
      const page = await this.#access.call(() => this.#log.read(this.#streamId, entries.length));
      if (page.entries.length === 0) throw this.#unknownStream();
      for (const entry of page.entries) if (entry.position <= position) entries.push(entry);
    }
    return entries;
  }

  #read(after: number, waitMs: number): Promise<LogPage> {
    const options = { waitMs, signal: this.#signal };
    return this.#access.call(() => this.#log.read(this.#streamId, after, options), waitMs);
  }

  async #deliverPage({ entries, state }: LogPage, deliver: (event: AnyEvent) => void): Promise<LogPage['state']> {
    if (state === 'unknown') throw this.#unknownStream();
    const last = entries.at(-1);
    for (const entry of entries) {
      if (this.#signal.aborted) break;
      if (entry.position !== this.#position + 1) throw this.#unknownStream();
      deliver(this.#eventOf(entry, state === 'ended' && entry === last));
      this.#position = entry.position;
      // A relay writes at the end of a turn, and then knows whether its client can receive more.
      if (entry.position % EVENTS_PER_TURN === 0) await Promise.resolve();
    }
    return state;
  }

  /** @throws The error that ended the stream, if the entry is one. */
  #eventOf(entry: LogEntry, isLast: boolean): AnyEvent {
    const event = parse(entry.data);
    if (event.type === 'error') {
      const phase = this.#hasContent ? 'mid-content' : 'before-content';
      const error = eventError(event, phase, { headers: undefined, requestID: undefined });
      rememberLoggedError(error, { ...entry, isEnd: true });
      throw error;
    }
    this.#observe(event);
    const isEnd = isLast || this.#end.stage(this.#isMessageComplete) === 'complete';
    return withLoggedFacts(event, { ...entry, isEnd });
  }

  #observe(event: AnyEvent): void {
    this.#end.add(event);
    this.#hasContent ||= hasContent(event);
    if (event.type === 'message_stop' || endsRun(event)) this.#isMessageComplete = true;
    else if (event.type === 'message_start' || event.type === 'message_restart') this.#isMessageComplete = false;
  }

  #unknownStream(): NotFoundError {
    const error = new NotFoundError(
      `404 not_found_error: The log has no stream '${this.#streamId}', or no longer its events after position ${this.#position}. It has expired or was never begun: start a new one.`,
      { status: 404, type: 'not_found_error' },
    );
    return withPublicMessage(error, 'There is no such stream, or it is no longer stored. Start a new one.');
  }
}

/** Parses what was stored. It is an event, because it was validated before it was stored. */
export function parse(data: string): AnyEvent {
  const event: unknown = JSON.parse(data);
  if (!isTyped(event)) throw new TypeError(`The log contains what is not an event: ${data.slice(0, 200)}`);
  return event;
}
