import { concat, defer, from, lastValueFrom, NEVER, Observable, throwError, toArray, VirtualTimeScheduler } from 'rxjs';
import {
  BadRequestError,
  OverloadedError,
  retryOnConnectionError,
  type MessageRestartEvent,
  type MessageStreamEvent,
  type RetryOnConnectionErrorOptions,
} from '../../../src/index.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { blockStart, restart, textDelta } from '../../support/events.js';

export type Source = Observable<MessageStreamEvent>;

export type Retry = Parameters<NonNullable<RetryOnConnectionErrorOptions['onRetry']>>[0];

export const overloaded = new OverloadedError('Overloaded', { status: 529, type: 'overloaded_error' });

export const refused = new BadRequestError('Bad request', { status: 400, type: 'invalid_request_error' });

export const message = buildMessage({ content: 'Hello, world. How are you?', usage: { output_tokens: 9 } });

export const events = eventsOf(message, { deltaLength: 6 });

export const start: MessageStreamEvent = {
  type: 'message_start',
  message: { ...message, content: [], stop_reason: null },
};

export const emptyBlock = blockStart(0, { type: 'text', text: '' });

export const delta = textDelta('Hello');

export const restartAfter = (error: unknown, attempt: number, delayMs: number): MessageRestartEvent =>
  restart({ attempt, delayMs, error });

// eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
export const failing = (error: unknown): Source => throwError(() => error);

/** The first `count` events, then an error. */
export const failingAfter = (count: number, error: unknown = overloaded): Source =>
  concat(from(events.slice(0, count)), failing(error));

/** Each subscription runs the next of the sources; the last one repeats. */
export function attempts(...sources: readonly [Source, ...Source[]]): Source & { readonly count: number } {
  let count = 0;
  const source = defer(() => {
    count += 1;
    return sources[Math.min(count, sources.length) - 1] ?? NEVER;
  });
  return Object.defineProperty(source, 'count', { get: () => count }) as Source & { readonly count: number };
}

/** Runs on a virtual clock. Logs what is emitted, the calls of `onRetry`, and when each attempt starts. */
export function timed(source: Source, options: RetryOnConnectionErrorOptions = {}) {
  const scheduler = new VirtualTimeScheduler();
  const log: unknown[] = [];
  const retries: Retry[] = [];
  const starts: number[] = [];
  const onRetry = (retry: Retry): void => {
    retries.push(retry);
  };
  const subscription = defer(() => {
    starts.push(scheduler.now());
    return source;
  })
    .pipe(retryOnConnectionError({ jitter: 0, announce: false, onRetry, ...options, scheduler }))
    .subscribe({
      next: (event) => log.push(event),
      error: (error: unknown) => log.push({ error }),
      complete: () => log.push('complete'),
    });
  return { scheduler, log, retries, starts, subscription };
}

/** The text in strings, without the restarts among them. */
export function textOf(parts: readonly (string | MessageRestartEvent)[]): string {
  return parts.filter((part) => typeof part === 'string').join('');
}

/** All values that a result emits. */
export function valuesOf<Out>(result: Observable<Out>): Promise<Out[]> {
  return lastValueFrom(result.pipe(toArray()));
}

export const atOnce: RetryOnConnectionErrorOptions = { initialDelayMs: 0, jitter: 0 };

export const restarting: RetryOnConnectionErrorOptions = { ...atOnce, whenStarted: 'restart' };
