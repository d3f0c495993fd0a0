import { expectTypeOf } from 'expect-type';
import { from, lastValueFrom } from 'rxjs';
import { accumulateMessage, type Message } from '../../src/index.js';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  expectCompleteMessage,
  expectValidEvents,
  toolUseBlock,
} from '../../src/testing/index.js';
import { messageDelta, messageStart, inputJsonDelta, blockStart, blockStop, messageStop } from '../support/events.js';

describe('expectCompleteMessage', () => {
  it.each<[string, Message]>([
    ['end_turn', buildMessage({ content: 'Hello' })],
    ['stop_sequence', buildMessage({ content: 'Hello', stop_reason: 'stop_sequence' })],
    ['tool_use', buildMessage({ content: [toolUseBlock('get', { a: 1 })] })],
  ])('returns a message that stopped with %s', (_, message) => {
    expect(expectCompleteMessage(message)).toBe(message);
    expectTypeOf(expectCompleteMessage(message as Message | undefined)).toEqualTypeOf<Message>();
  });

  it.each<[string, Message | undefined]>([
    ['there is none', undefined],
    ['it has no stop_reason: the stream ended early, after "Hel"', buildMessage({ content: 'Hel', stop_reason: null })],
    ['it was truncated (max_tokens) after "Hel"', buildMessage({ content: 'Hel', stop_reason: 'max_tokens' })],
    ['the turn continues in another message (pause_turn), after ""', buildMessage({ stop_reason: 'pause_turn' })],
    ['the model refused, after "No"', buildMessage({ content: 'No', stop_reason: 'refusal' })],
  ])('fails: %s', (reason, message) => {
    expect(() => expectCompleteMessage(message)).toThrow(`Expected a complete message, but ${reason}.`);
    expect(() => expectCompleteMessage(message)).toThrow(expect.objectContaining({ name: 'AssertionError' }) as Error);
  });

  it('fails if the input of a tool call is not JSON', async () => {
    const events = [
      messageStart(),
      blockStart(0, toolUseBlock('get')),
      inputJsonDelta('{"a":oops'),
      blockStop(0),
      messageDelta('tool_use'),
      messageStop,
    ];
    const message = await lastValueFrom(from(events).pipe(accumulateMessage()));

    expect(() => expectCompleteMessage(message)).toThrow('the input of get is invalid: {"a":oops.');
  });
});

describe('expectValidEvents', () => {
  const events = eventsOf(buildMessage({ content: ['Hello', toolUseBlock('get', { a: 1 })] }));

  it('accepts complete streams', () => {
    expect(() => {
      expectValidEvents(events);
      expectValidEvents([...events, ...eventsOf(buildMessage({ id: 'msg_2' }))]);
      expectValidEvents(new Set(events));
    }).not.toThrow();
  });

  it.each<[string, readonly { readonly type: string }[]]>([
    ['content_block_start 0 text (event 0): The stream', events.slice(1)],
    ['the end: The stream ended after 3 events, before message_stop', events.slice(0, 3)],
    ['the end: The stream ended before the first event', []],
    ['text_delta 0 "Hello" (event 1): ', events.filter((_, i) => i !== 1)],
    ['error {"error":', [...events.slice(0, 2), errorEvent('overloaded_error', 'Overloaded')]],
  ])('fails at %s', (place, invalid) => {
    const check = () => {
      expectValidEvents(invalid);
    };

    expect(check).toThrow(`The events are not valid: ${place}`);
    expect(check).toThrow(
      expect.objectContaining({ name: 'AssertionError', cause: expect.any(Error) as Error }) as Error,
    );
  });
});
