import Anthropic from '@anthropic-ai/sdk';
import { first, from, lastValueFrom, mergeMap, pipe, take, tap, toArray, type OperatorFunction } from 'rxjs';
import {
  accumulateMessage,
  AnthropicError,
  finalMessage,
  fromSdkStream,
  IncompleteMessageError,
  InvalidEventError,
  messageState,
  shareMessage,
  textDeltas,
  usage,
  type AnyEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { terminated } from './support/bodies.js';
import { errorOf, outcomeOf, settle } from './support/outcome.js';
import { useServers } from './support/servers.js';

const serve = useServers();

const params = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

const message = buildMessage({ content: 'Hello 😀 wide 世界, how are you today?' });

const events = eventsOf(message);

const apiKey = 'sk-telltale';

describe('a MessageStream of the SDK that is passed directly to operators', () => {
  const answer = buildMessage({
    content: ['Hello, how are you?', toolUseBlock('get', { a: 1 })],
    stop_reason: 'tool_use',
  });

  async function all<Out>(operator: OperatorFunction<AnyEvent, Out>): Promise<Out[]> {
    const server = await serve({ message: answer });
    const client = new Anthropic({ apiKey, maxRetries: 0, baseURL: server.url });
    return lastValueFrom(from(client.messages.stream(params)).pipe(operator, toArray()));
  }

  it('has emitted values that the SDK does not change', async () => {
    const emitted: [unknown, string][] = [];
    const snapshots = await all(
      pipe(
        accumulateMessage(),
        tap((message) => emitted.push([message, JSON.stringify(message)])),
      ),
    );

    for (const [message, before] of emitted) expect(JSON.stringify(message)).toBe(before);
    expect(snapshots.at(-1)).toEqual(answer);
  });

  it('has its usage and its state emitted', async () => {
    expect((await all(usage())).map(({ output_tokens }) => output_tokens)).toEqual([1, answer.usage.output_tokens]);
    expect((await all(messageState())).at(-1)).toMatchObject({ status: 'done', message: answer });
  });

  it('is shared with late subscribers', async () => {
    const late: unknown[] = [];
    await all((source) => {
      const shared = source.pipe(shareMessage());
      const isDelta = ({ type }: AnyEvent) => type === 'content_block_delta';
      shared
        .pipe(
          first(isDelta),
          mergeMap(() => shared),
          finalMessage(),
        )
        .subscribe((message) => late.push(message));
      return shared;
    });

    expect(late).toEqual([answer]);
  });
});

describe('fromSdkStream of any sequence of events', () => {
  async function* sequence(list: readonly AnyEvent[], failure?: unknown) {
    await Promise.resolve();
    yield* list;
    if (failure !== undefined) throw failure as Error;
  }

  it('reads it', async () => {
    const source = fromSdkStream(() => sequence(events)).pipe(textDeltas(), toArray());

    expect((await lastValueFrom(source)).join('')).toBe('Hello 😀 wide 世界, how are you today?');
  });

  it('emits its events themselves, unchanged', async () => {
    const frozen = deepFreeze(structuredClone(events));
    const { values } = await outcomeOf(fromSdkStream(() => sequence(frozen)));

    values.forEach((event, position) => {
      expect(event).toBe(frozen[position]);
    });
    expect(values).toHaveLength(events.length);
  });

  it.each<[string, unknown, unknown]>([
    ['an error of the package as it is', new AnthropicError('mine'), { name: 'AnthropicError', message: 'mine' }],
    ['a lost connection', terminated(), { name: 'APIConnectionError', phase: 'mid-content' }],
    ['an abort', new DOMException('x', 'AbortError'), { name: 'APIUserAbortError', phase: 'mid-content' }],
    ['a status', { status: 418, message: 'teapot' }, { name: 'APIStatusError', status: 418 }],
    ['anything else', new RangeError('of the user'), { name: 'AnthropicError', message: 'of the user' }],
    ['what is no error', 'oops', { name: 'AnthropicError', message: 'oops' }],
    ['nothing', null, { name: 'AnthropicError', message: 'null' }],
  ])('fails with %s', async (_, failure, expected) => {
    const { values, error } = await outcomeOf(fromSdkStream(() => sequence(events.slice(0, 3), failure)));

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(AnthropicError);
    expect(error).toMatchObject(expected as object);
    expect(error === failure || (error as Error).cause === failure).toBe(true);
  });

  it('fails with what the function throws', async () => {
    const failure = new RangeError('of the user');
    const throwing = fromSdkStream(() => {
      throw failure;
    });

    expect(await errorOf(throwing)).toMatchObject({ name: 'AnthropicError', cause: failure });
    expect(await errorOf(fromSdkStream(() => Promise.reject(failure)))).toMatchObject({ cause: failure });
  });

  it('fails if it ends early, wherever', async () => {
    for (let n = 0; n < events.length; n += 1) {
      expect(await errorOf(fromSdkStream(() => sequence(events.slice(0, n))))).toBeInstanceOf(IncompleteMessageError);
    }
  });

  it('requests no more events than the consumer takes', async () => {
    let asked = 0;
    let isReturned = false;
    async function* counting() {
      try {
        for (const event of events) {
          await Promise.resolve();
          asked += 1;
          yield event;
        }
      } finally {
        isReturned = true;
      }
    }
    await outcomeOf(fromSdkStream(counting).pipe(take(2)));
    await settle();

    expect(asked).toBeLessThanOrEqual(3);
    expect(isReturned).toBe(true);
  });

  it('does not iterate a stream that arrives after unsubscribe', async () => {
    let isBegun = false;
    async function* late() {
      isBegun = true;
      await Promise.resolve();
      yield* events;
    }
    fromSdkStream(() => Promise.resolve(late()))
      .subscribe()
      .unsubscribe();
    await settle();

    expect(isBegun).toBe(false);
  });
});

describe('fromSdkStream of a MessageStream', () => {
  it('ignores all events after an invalid one, even in the same turn', async () => {
    const listeners = new Map<string, (value: unknown) => void>();
    const stream = {
      on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
      async *[Symbol.asyncIterator]() {
        await Promise.resolve();
        yield* events;
      },
    };
    const done = outcomeOf(fromSdkStream(() => stream));
    await settle();
    for (const event of [...events.slice(0, 2), ...events.slice(1)]) listeners.get('streamEvent')?.(event);
    const { values, error } = await done;

    expect(values).toEqual(events.slice(0, 2));
    expect(error).toBeInstanceOf(InvalidEventError);
  });
});
