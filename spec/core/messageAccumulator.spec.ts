import { accumulateMessage, type AnyEvent, type Message } from 'rxjs-anthropic';
import {
  AnthropicError,
  APIError,
  IncompleteMessageError,
  InvalidEventError,
  MessageAccumulator,
  toolInputStatus,
} from 'rxjs-anthropic/core';
import { buildMessage, errorEvent, eventsOf, textBlock, thinkingBlock, toolUseBlock } from 'rxjs-anthropic/testing';
import { from } from 'rxjs';
import { answers } from '../resilience/support/streams.js';
import { deepFreeze } from '../support/deepFreeze.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  inputJsonDelta,
  messageStart,
  restart,
  textDelta,
} from '../support/events.js';

const events = deepFreeze(
  eventsOf(
    buildMessage({
      content: [thinkingBlock('So.'), textBlock('Bom dia'), toolUseBlock('book', { at: '20:30', guests: 4 })],
      stop_reason: 'tool_use',
    }),
    { deltaLength: 4, pingEvery: 3 },
  ),
);

function accumulate(list: readonly AnyEvent[]): MessageAccumulator {
  const accumulator = new MessageAccumulator();
  for (const event of list) accumulator.add(event);
  return accumulator;
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('message', () => {
  it.each(answers.map(({ name, message }) => [name, message] as const))(
    'is the snapshot of accumulateMessage after every event: %s',
    (_, answer) => {
      const list = deepFreeze(eventsOf(answer, { deltaLength: 9, pingEvery: 4 }));
      const expected: Message[] = [];
      const seen: (Message | undefined)[] = [];
      from(list)
        .pipe(accumulateMessage())
        .subscribe((message) => expected.push(message));
      const accumulator = new MessageAccumulator();
      for (const event of list) {
        accumulator.add(event);
        if (accumulator.message !== seen.at(-1) || accumulator.isComplete) seen.push(accumulator.message);
      }

      expect(seen).toEqual(expected);
      expect(accumulator.end()).toEqual(answer);
    },
  );

  it('is undefined before message_start, also after pings, and has no content after it', () => {
    const accumulator = accumulate([{ type: 'ping' }]);

    expect(accumulator.message).toBeUndefined();

    accumulator.add(messageStart());

    expect(accumulator.message).toMatchObject({ content: [], stop_reason: null });
  });

  it('is a new object only after a change, and shares the blocks that have not changed', () => {
    const accumulator = accumulate([messageStart(), blockStart(0, textBlock('a')), blockStop(0)]);
    accumulator.add(blockStart(1, textBlock('')));
    const before = accumulator.message;
    accumulator.add({ type: 'ping' });

    expect(accumulator.message).toBe(before);

    accumulator.add(textDelta('b', 1));

    expect(accumulator.message).not.toBe(before);
    expect(accumulator.message?.content[0]).toBe(before?.content[0]);
    expect(before?.content).toEqual([textBlock('a'), textBlock('')]);
  });

  it('cannot be written to', () => {
    const { message } = accumulate(events);

    expect(deepFreeze(structuredClone(message))).toEqual(message);
    for (const value of [message, message?.content, ...(message?.content ?? []), message?.usage]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
  });

  it('has the input of a tool as it grows, with its status', () => {
    const accumulator = accumulate([messageStart(), blockStart(0, toolUseBlock('book', {}))]);
    accumulator.add(inputJsonDelta('{"at":"20'));
    const block = accumulator.message?.content[0];

    expect(block).toMatchObject({ input: { at: '20' } });
    expect(block?.type === 'tool_use' && toolInputStatus(block)).toMatchObject({ state: 'partial', raw: '{"at":"20' });
  });

  it('begins anew with the next message, and after a restart', () => {
    const second = eventsOf(buildMessage({ content: 'Two', id: 'msg_2' }));
    const accumulator = accumulate([...events, ...second.slice(0, 3)]);

    expect(accumulator).toMatchObject({ isComplete: false, message: { id: 'msg_2' } });

    accumulator.add(restart());

    expect(accumulator.message).toBeUndefined();
    expect(thrownBy(() => accumulator.end())).toBeInstanceOf(IncompleteMessageError);
  });

  it('keeps blocks and deltas of unknown types', () => {
    const { message } = accumulate([
      messageStart(),
      blockStart(0, { type: 'hologram', light: 'a' }),
      blockDelta(0, { type: 'hologram_delta', light: 'b' }),
    ]);

    expect(message?.content).toEqual([{ type: 'hologram', light: 'ab' }]);
  });
});

describe('end', () => {
  it('throws IncompleteMessageError after any number of events but all', () => {
    for (let count = 0; count < events.length; count += 1) {
      const accumulator = accumulate(events.slice(0, count));
      const error = thrownBy(() => accumulator.end());

      expect(accumulator.isComplete).toBe(false);
      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toMatchObject({ retryable: true });
      expect((error as AnthropicError).partial).toEqual(accumulator.message);
    }

    expect(accumulate(events).isComplete).toBe(true);
  });

  it('says what the status of an input was, with all of its text', () => {
    const accumulator = accumulate([messageStart(), blockStart(0, toolUseBlock('book', {})), inputJsonDelta('{"at":')]);
    const { partial } = thrownBy(() => accumulator.end()) as AnthropicError;
    const block = partial?.content[0];

    expect(block?.type === 'tool_use' && toolInputStatus(block)).toMatchObject({ state: 'partial', raw: '{"at":' });
  });

  it('throws if a run has ended without a message', () => {
    const end = { type: 'run_end', stop_reason: 'end_turn', turns: 0, messages: [], usage: {} };

    expect(thrownBy(() => accumulate([end]).end())).toBeInstanceOf(IncompleteMessageError);
  });
});

describe('add', () => {
  const started = events.slice(0, 5);

  it.each<[string, unknown, string]>([
    ['a delta for a block that was never started', textDelta('a', 7), 'never started'],
    ['an event without a field that it needs', { type: 'content_block_stop' }, 'content_block_stop.index'],
    ['an object without a type', { index: 0 }, 'not an object with a type'],
    ['the JSON of an event', '{"type":"ping"}', 'Parse the JSON'],
    ['nothing', undefined, 'not an object with a type'],
    ['null', null, 'not an object with a type'],
  ])('throws InvalidEventError for %s', (_, event, message) => {
    const accumulator = accumulate(started);
    const error = thrownBy(() => {
      accumulator.add(event as AnyEvent);
    });

    expect(error).toBeInstanceOf(InvalidEventError);
    expect(error).toMatchObject({ position: 5, message: expect.stringContaining(message) as string });
    expect((error as AnthropicError).partial).toEqual(accumulator.message);
    expect(accumulator.message).toBeDefined();
  });

  it.each<[string, unknown]>([
    ['an error event', errorEvent('overloaded_error', 'Overloaded')],
    ['the error object of a gateway', { error: { type: 'overloaded_error', message: 'Overloaded' } }],
  ])('throws the error of the API: %s', (_, event) => {
    const accumulator = accumulate(started);
    const error = thrownBy(() => {
      accumulator.add(event as AnyEvent);
    });

    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ name: 'OverloadedError', status: 529, retryable: true });
    expect((error as AnthropicError).partial).toEqual(accumulator.message);
  });

  it('throws an error after the complete message too, and ignores everything else', () => {
    const accumulator = accumulate(events);
    const complete = accumulator.message;
    for (const event of [...events, textDelta('late', 0), { type: 'message_stop' }].slice(1)) accumulator.add(event);
    for (const value of ['[DONE]', undefined, {}, { foo: 1 }]) accumulator.add(value as never);

    expect(accumulator.message).toBe(complete);

    const error = thrownBy(() => {
      accumulator.add(errorEvent('api_error', 'Late'));
    });

    expect(error).toMatchObject({ name: 'InternalServerError', partial: complete });
    expect(accumulator.end()).toBe(complete);
  });

  it('neither changes nor keeps an event', () => {
    const copies = structuredClone(events) as { type: string }[];
    const accumulator = accumulate(copies);
    const before = JSON.stringify(accumulator.message);

    expect(copies).toEqual(events);

    for (const copy of copies) for (const key of Object.keys(copy)) Reflect.deleteProperty(copy, key);

    expect(JSON.stringify(accumulator.message)).toBe(before);
  });
});
