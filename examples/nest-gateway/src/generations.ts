import { HttpException, HttpStatus, Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { defer, finalize, tap, type Observable } from 'rxjs';
import {
  addUsage,
  retryOnConnectionError,
  streamMessage,
  trackUsage,
  type AnyEvent,
  type MessageParam,
  type RunningUsage,
} from 'rxjs-anthropic';
import { memoryEventLog, recordTo, resumeFrom } from 'rxjs-anthropic/relay';
import { API, type Api } from './api.js';
import { OpenStreams } from './openStreams.js';

/** How many answers of one user may be written at the same time. */
const MAX_OPEN = 3;

/** Names an answer. */
export interface Key {
  readonly user: string;
  readonly id: string;
}

/** The name of an answer in the log. It begins with the user, so that nobody else can read it. */
const streamId = ({ user, id }: Key): string => `${user}/${id}`;

/** The answers: those that are being written, those that can still be read, and what they have cost. */
@Injectable()
export class Generations implements OnApplicationShutdown {
  readonly #api: Api;
  readonly #logger = new Logger(Generations.name);
  readonly #log = memoryEventLog();
  readonly #open = new OpenStreams(MAX_OPEN);
  readonly #usage = new Map<string, RunningUsage>();

  constructor(@Inject(API) api: Api) {
    this.#api = api;
  }

  /** How many answers are being written. */
  get open(): number {
    return this.#open.size;
  }

  /** Starts an answer, or follows it if it has started. The answer continues if its client leaves. */
  start(key: Key, messages: readonly MessageParam[], after?: string): Observable<AnyEvent> {
    if (!this.#open.hasRoom(key.user, key.id)) {
      throw new HttpException('You have too many open streams.', HttpStatus.TOO_MANY_REQUESTS);
    }
    return defer(() => {
      const slot = this.#open.add(key.user, key.id);
      const answer$ = defer(() => {
        slot.use();
        return this.#generate(key.user, messages).pipe(finalize(slot.release));
      });
      return answer$.pipe(recordTo(this.#log, streamId(key), { after }), finalize(slot.releaseUnused));
    });
  }

  resume(key: Key, after?: string): Observable<AnyEvent> {
    return resumeFrom(this.#log, streamId(key), { after });
  }

  async has(key: Key): Promise<boolean> {
    const { state } = await this.#log.read(streamId(key), 0);
    return state !== 'unknown';
  }

  stop(key: Key): Promise<void> {
    return this.#log.stop(streamId(key));
  }

  /** The tokens of a user. Those of an answer are added when it ends; a stopped one counts as far as the API has said. */
  usageOf(user: string): RunningUsage | undefined {
    return this.#usage.get(user);
  }

  /** Called when the open streams have finished. */
  onApplicationShutdown(): Promise<void> {
    return this.#api.close();
  }

  #generate(user: string, messages: readonly MessageParam[]): Observable<AnyEvent> {
    let usage: RunningUsage | undefined;
    return streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages }, this.#api.options).pipe(
      retryOnConnectionError(),
      trackUsage((latest) => {
        usage = latest;
      }),
      tap({
        error: (error: unknown) => {
          this.#logger.error(error);
        },
      }), // what clients do not learn
      finalize(() => {
        if (usage !== undefined) this.#usage.set(user, addUsage(this.#usage.get(user), usage));
      }),
    );
  }
}
