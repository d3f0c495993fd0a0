import { firstValueFrom, from, throwError, timeout, timer, type Observable, type SchedulerLike } from 'rxjs';
import { AnthropicError } from '../errors/classes.js';
import { asString, readPath } from '../utils/inspect.js';
import type { RedisClientLike, ScriptInput } from './redisClient.js';

/** The wait before a script is run again, in ms. */
const RETRY_MS = 100;

/** The replies that Redis gives while it starts, or while another server takes its place. */
const TRANSIENT_REPLIES = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY)\b/;

/** The beginning of a reply that is an error: a word in capitals. Errors of the connection do not begin like that. */
const REPLY = /^[A-Z]{2,}\b/;

/**
 * Runs scripts. While the connection to Redis is lost, it tries again, so every script must have the same effect if it runs
 * twice.
 */
export class ScriptRunner {
  readonly #client: RedisClientLike;
  readonly #timeoutMs: number;
  readonly #scheduler: SchedulerLike;
  /** The SHA-1 of each script, by which Redis finds it. */
  readonly #hashes = new Map<string, Promise<string>>();

  constructor(client: RedisClientLike, timeoutMs: number, scheduler: SchedulerLike) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#scheduler = scheduler;
  }

  /**
   * Runs a script, and returns its reply.
   *
   * @throws {AnthropicError} If Redis does not answer in time. It is not known then whether the script has run.
   */
  async run(script: string, input: ScriptInput): Promise<unknown> {
    const deadline = this.#scheduler.now() + this.#timeoutMs;
    for (;;) {
      try {
        return await this.#answer(this.#evaluate(script, input), deadline - this.#scheduler.now());
      } catch (error) {
        if (!isTransient(error) || this.#scheduler.now() + RETRY_MS >= deadline) throw error;
      }
      await firstValueFrom(timer(RETRY_MS, this.#scheduler), { defaultValue: 0 });
    }
  }

  async #evaluate(script: string, input: ScriptInput): Promise<unknown> {
    const hash = await this.#hashOf(script);
    try {
      return await this.#client.evalSha(hash, input);
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return this.#client.eval(script, input); // Redis remembers it from then on
    }
  }

  #hashOf(script: string): Promise<string> {
    const known = this.#hashes.get(script);
    if (known !== undefined) return known;
    const hash = sha1(script);
    this.#hashes.set(script, hash);
    return hash;
  }

  #answer(reply: Promise<unknown>, ms: number): Promise<unknown> {
    const late = timeout<unknown, Observable<never>>({
      first: ms,
      scheduler: this.#scheduler,
      with: () =>
        throwError(
          () => new AnthropicError(`redisEventLog: Redis did not answer within ${this.#timeoutMs} ms (timeoutMs).`),
        ),
    });
    return firstValueFrom(from(reply).pipe(late), { defaultValue: undefined });
  }
}

async function sha1(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether the same script may succeed if it is run again: the connection was lost, or Redis is not ready. */
function isTransient(error: unknown): boolean {
  const message = messageOf(error);
  const isFinal = error instanceof AnthropicError || error instanceof TypeError || message === 'The client is closed';
  return !isFinal && (TRANSIENT_REPLIES.test(message) || !REPLY.test(message));
}

function messageOf(error: unknown): string {
  return asString(readPath(error, 'message')) ?? '';
}
