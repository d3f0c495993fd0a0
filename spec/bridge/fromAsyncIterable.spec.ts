/** Async iterables as sources: RxJS's `from` for any values, and `fromSdkStream` for events, which notices a stream that is cut. */
import Anthropic from '@anthropic-ai/sdk';
import { concatMap, defer, from, map, mergeMap, take, toArray, type Observable } from 'rxjs';
import {
  accumulateMessage,
  finalMessage,
  fromSdkStream,
  IncompleteMessageError,
  messageState,
  textDeltas,
  toAsyncIterable,
  type AnyEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { outcomeOf, settle } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';

const serve = useServers();
const message = buildMessage({ content: 'The tide comes in twice a day.' });
const events = eventsOf(message, { deltaLength: 4 });
const failure = new Error('lost');

/** Yields the events, then fails if it is told to. Notes when it is returned. */
function iterableOf(list: readonly AnyEvent[], { error, log = [] }: { error?: Error; log?: string[] } = {}) {
  return (async function* () {
    try {
      for (const event of list) {
        await Promise.resolve();
        log.push('yield');
        yield event;
      }
      if (error !== undefined) throw error;
    } finally {
      log.push('return');
    }
  })();
}

const sources: readonly [
  string,
  (list: readonly AnyEvent[], options?: { error?: Error; log?: string[] }) => Observable<AnyEvent>,
][] = [
  ['from', (list, options) => from(iterableOf(list, options))],
  ['fromSdkStream', (list, options) => fromSdkStream(() => iterableOf(list, options))],
];

describe.each(sources)('%s of an async iterable of events', (_, sourceOf) => {
  it('loses nothing', async () => {
    const { values, ended } = await outcomeOf(sourceOf(events));

    expect({ values, ended }).toEqual({ values: events, ended: 'completed' });
    expect((await outcomeOf(sourceOf(events).pipe(finalMessage()))).values).toEqual([message]);
  });

  it('emits every value before the error', async () => {
    const { values, error } = await outcomeOf(sourceOf(events.slice(0, 6), { error: failure }));

    expect(values).toEqual(events.slice(0, 6));
    expect([error, (error as Error).cause]).toContain(failure);
  });

  it('gives a slow loop every value before the error', async () => {
    const seen: AnyEvent[] = [];
    let caught: unknown;
    try {
      for await (const event of toAsyncIterable(sourceOf(events.slice(0, 6), { error: failure }))) {
        await settle(); // the source has ended long before
        seen.push(event);
      }
    } catch (error) {
      caught = error;
    }

    expect(seen).toEqual(events.slice(0, 6));
    expect([caught, (caught as Error).cause]).toContain(failure);
  });

  it('calls return of the iterator when it is unsubscribed, and requests at most one more value', async () => {
    const log: string[] = [];
    const { values } = await outcomeOf(sourceOf(events, { log }).pipe(take(3)));
    await settle();

    expect(values).toEqual(events.slice(0, 3));
    expect(log.at(-1)).toBe('return');
    expect(log.filter((entry) => entry === 'yield').length).toBeLessThanOrEqual(4);
  });

  it('calls return of the iterator after the value that it waits for, not before', async () => {
    const log: string[] = [];
    let arrive: (result: IteratorResult<AnyEvent>) => void = () => undefined;
    const iterable = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<AnyEvent>>((resolve) => (arrive = resolve)),
        return: () => {
          log.push('return');
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    const source = _ === 'from' ? from(iterable) : fromSdkStream(() => iterable);
    const subscription = source.subscribe();
    await settle();
    subscription.unsubscribe();
    await settle();

    expect(log).toEqual([]);

    arrive({ done: false, value: { type: 'ping' } });
    await settle();

    expect(log).toEqual(['return']);
  });
});

describe('a stream that is cut between two events', () => {
  const cut = events.slice(0, 5);

  it('fails with fromSdkStream, whatever reads it', async () => {
    const outcome = await outcomeOf(fromSdkStream(() => iterableOf(cut)).pipe(textDeltas()));

    expect(outcome.error).toBeInstanceOf(IncompleteMessageError);
  });

  it('fails with from if an operator follows the message, but only its text looks complete', async () => {
    for (const operator of [finalMessage(), accumulateMessage()]) {
      expect((await outcomeOf(from(iterableOf(cut)).pipe(operator))).error).toBeInstanceOf(IncompleteMessageError);
    }

    expect((await outcomeOf(from(iterableOf(cut)).pipe(textDeltas()))).ended).toBe('completed'); // as the docs say
  });
});

describe('the raw stream of the official SDK', () => {
  const params = { model: 'claude-opus-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
  const endings = ['end', 'disconnect', 'reset'] as const;
  const cuts = endings.flatMap((then) => [1, 2, 5, events.length - 1].map((event) => [then, event] as const));

  async function clientFor(reply: object): Promise<Anthropic> {
    const server = await serve({ events, ...reply });
    return new Anthropic({ apiKey: 'test', maxRetries: 0, baseURL: server.url });
  }

  it('has the events, from both functions', async () => {
    const client = await clientFor({});
    const create = () => client.messages.create({ ...params, stream: true });
    const outcomes = [
      await outcomeOf(
        defer(create).pipe(
          mergeMap((stream) => stream),
          finalMessage(),
        ),
      ),
      await outcomeOf(fromSdkStream(create).pipe(finalMessage())),
    ];

    expect(outcomes.map(({ values }) => values)).toEqual([[message], [message]]);
  });

  it.each(cuts)('never looks finished if the connection ends (%s) after %i events', async (then, event) => {
    const client = await clientFor({ after: { event, then } });
    const create = () => client.messages.create({ ...params, stream: true });
    const read$ = fromSdkStream(create);
    const [text, final, raw, state] = [
      await outcomeOf(read$.pipe(textDeltas(), toArray())),
      await outcomeOf(read$.pipe(finalMessage())),
      await outcomeOf(
        defer(create).pipe(
          concatMap((stream) => stream),
          finalMessage(),
        ),
      ),
      await outcomeOf(
        read$.pipe(
          messageState(),
          map(({ status }) => status),
        ),
      ),
    ];

    expect([text.ended, final.ended, raw.ended]).toEqual(['failed', 'failed', 'failed']);
    expect(state.values.at(-1)).toBe('error');
    expect(state.values).not.toContain('done');
  });
});
