import { defer, lastValueFrom, NEVER, of, Subject, take, throwError, type Observable } from 'rxjs';
import {
  APIConnectionError,
  continueOnConnectionError,
  fromResponse,
  retryOnConnectionError,
  tapMessage,
  type MessageStreamEvent,
  type RetryOnConnectionErrorOptions,
} from '../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../src/testing/index.js';
import { marbles } from './support/marbles.js';

const events = eventsOf(buildMessage({ content: 'Hello' }));
const lost = () => new APIConnectionError('lost');
const full = new Error('disk full');

/** Fails once, and then has a message. */
function failingOnce(): Observable<MessageStreamEvent> {
  let attempts = 0;
  return defer(() => {
    attempts += 1;
    return attempts === 1 ? throwError(() => lost()) : of(...events);
  });
}

const operators: [
  string,
  (options: RetryOnConnectionErrorOptions) => (source: Observable<MessageStreamEvent>) => Observable<unknown>,
][] = [
  ['retryOnConnectionError', (options) => retryOnConnectionError(options)],
  ['continueOnConnectionError', (options) => continueOnConnectionError({ ...options, continueWith: () => NEVER })],
];

describe.each(operators)('onRetry of %s', (_, operator) => {
  it.each<[string, () => unknown]>([
    ['a promise that rejects', () => Promise.reject(full)],
    ['an Observable that fails', () => throwError(() => full)],
  ])('fails the stream if it returns %s', async (_name, onRetry) => {
    await expect(lastValueFrom(failingOnce().pipe(operator({ onRetry, initialDelayMs: 0 })))).rejects.toBe(full);
  });

  it(
    'is awaited before the next attempt, beside the wait',
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const first = cold('  #           ', {}, lost());
      const second = cold('       (ab|) ', { a: events[0], b: events[1] });
      const saved = cold('  -----|      ');
      const attempts = [first, second];
      const source = defer(() => attempts.shift() ?? NEVER) as Observable<MessageStreamEvent>;
      const options = { onRetry: () => saved, initialDelayMs: 2, jitter: 0, announce: false, scheduler };

      expectObservable(source.pipe(operator(options), take(1))).toBe('-----(a|)', { a: events[0] });
      expectSubscriptions(second.subscriptions).toBe('-----(^!)');
    }),
  );

  it('leaves no unhandled rejection if the consumer unsubscribes on the announcement', async () => {
    const onRetry = () => Promise.reject(full);
    const announcement = await lastValueFrom(failingOnce().pipe(operator({ onRetry }), take(1)));
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection fails the spec

    expect(announcement).toMatchObject({ type: 'message_restart' });
  });
});

describe('onResponse', () => {
  const response = () =>
    Promise.resolve(new Response(sseOf(events), { headers: { 'content-type': 'text/event-stream' } }));

  it('fails the stream if it rejects', async () => {
    const source = fromResponse(response, { onResponse: () => Promise.reject(full) });

    await expect(lastValueFrom(source)).rejects.toBe(full);
  });

  it('is awaited before the first event', async () => {
    const saved = new Subject<never>();
    const seen: string[] = [];
    const done = lastValueFrom(
      fromResponse(response, { onResponse: () => lastValueFrom(saved, { defaultValue: undefined }) }).pipe(
        tapMessage({ text: (delta) => seen.push(delta) }),
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));

    expect(seen).toEqual([]);
    saved.complete();
    await done;
    expect(seen.join('')).toBe('Hello');
  });
});

describe('tapMessage', () => {
  it('accepts an instance of a class', async () => {
    class Screen {
      readonly #lines: string[] = [];

      get shown(): string {
        return this.#lines.join('|');
      }

      text(delta: string): void {
        this.#lines.push(delta);
      }

      usage({ output_tokens }: { readonly output_tokens: number }): void {
        this.#lines.push(String(output_tokens));
      }

      contentBlock({ type }: { readonly type: string }): void {
        this.#lines.push(type);
      }

      message({ id }: { readonly id: string }): void {
        this.#lines.push(id);
      }
    }
    const screen = new Screen();
    await lastValueFrom(of(...eventsOf(buildMessage({ content: 'Hi', id: 'msg_1' }))).pipe(tapMessage(screen)));

    expect(screen.shown).toMatch(/^\d+\|Hi\|text\|\d+\|msg_1$/);
  });
});
