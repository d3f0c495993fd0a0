import { InvalidOutputError, toolInput } from '../../src/index.js';
import { marbles } from '../support/marbles.js';
import { blockStop, inputJsonDelta, messageDelta, messageStart, messageStop } from '../support/events.js';
import { Weather, call, completeMessage, failureOf, read } from './support/toolCalls.js';

describe('toolInput, if the text of an input is incomplete or not JSON', () => {
  describe('incomplete text', () => {
    const cut = [call(0, 'one'), inputJsonDelta('{"city":"Paris","no'), inputJsonDelta('te":"hel'), blockStop(0)];

    it(
      'is judged by the stop reason, not before',
      marbles(({ cold, expectObservable }) => {
        const source = cold('  -m-s--a--e--p--r--|', {
          m: messageStart(),
          s: call(0, 'one'),
          a: inputJsonDelta('{"city":"Par'),
          e: blockStop(0),
          p: { type: 'ping' },
          r: messageDelta('max_tokens'),
        });
        const expected = '     ------x--------#';
        const fault = 'Unexpected end of text at position 12, expected more of the value: {"city":"Par';
        const error = new InvalidOutputError(
          `The input of get_weather (one) is truncated (stop_reason max_tokens). ${fault}`,
          {
            text: '',
          },
        );

        expectObservable(source.pipe(toolInput('get_weather'))).toBe(
          expected,
          { x: { id: 'one', index: 0, value: { city: 'Par' }, done: false } },
          error,
        );
      }),
    );

    it.each(['max_tokens', 'model_context_window_exceeded'] as const)('is truncated by %s', async (reason) => {
      const error = await failureOf([messageStart(), ...cut, messageDelta(reason), messageStop], Weather);

      expect(error.message).toContain(`The input of get_weather (one) is truncated (stop_reason ${reason}).`);
      expect(error).toMatchObject({
        text: '{"city":"Paris","note":"hel',
        value: { city: 'Paris', note: 'hel' },
        issues: [],
        partial: { stop_reason: reason, content: [{ type: 'tool_use', id: 'one' }] },
        cause: { name: 'JsonTextError', position: 27 },
      });
    });

    it.each(['tool_use', 'end_turn', 'refusal', 'pause_turn'] as const)(
      'is not JSON if %s ends the message',
      async (reason) => {
        const error = await failureOf([messageStart(), ...cut, messageDelta(reason), messageStop]);

        expect(error.message).toContain(
          `The input of get_weather (one) is not JSON (stop_reason ${reason}). Unexpected end`,
        );
        expect(error).toMatchObject({ text: '{"city":"Paris","note":"hel', partial: { stop_reason: reason } });
      },
    );

    it('is not JSON if there is never a stop reason', async () => {
      const error = await failureOf([messageStart(), ...cut, messageDelta(null), messageStop]);

      expect(error.message).toContain('is not JSON (stop_reason null). Unexpected end of text at position 27');
      expect(error.partial?.content).toHaveLength(1);
    });

    it('waits through a message_delta without a stop reason', async () => {
      const error = await failureOf([
        messageStart(),
        ...cut,
        messageDelta(null),
        messageDelta('max_tokens'),
        messageStop,
      ]);

      expect(error.message).toContain('is truncated (stop_reason max_tokens)');
    });

    it('of an earlier call is judged, too', async () => {
      const second = [call(1, 'two'), inputJsonDelta('{"a":1}', 1), blockStop(1)];
      const { inputs, error } = await read([messageStart(), ...cut, ...second, messageDelta('tool_use'), messageStop]);

      expect(inputs.at(-1)).toEqual(['two', { a: 1 }, true]);
      expect(error).toMatchObject({ name: 'InvalidOutputError', value: { city: 'Paris' } });
    });

    it('may turn out complete though its block never stops', async () => {
      const { inputs, error } = await read(completeMessage(call(0, 'one'), inputJsonDelta('{"a":1}')));

      expect(error).toBeUndefined();
      expect(inputs.at(-1)).toEqual(['one', { a: 1 }, true]);
    });
  });

  describe('text that is not JSON', () => {
    it('is judged by the stop reason; values before and of other calls are emitted', async () => {
      const bad = [call(0, 'one'), inputJsonDelta('{"a":1,'), inputJsonDelta('b":2}'), blockStop(0)];
      const good = [call(1, 'two'), inputJsonDelta('{"c":3}', 1), blockStop(1)];
      const { inputs, error } = await read([messageStart(), ...bad, ...good, messageDelta('max_tokens'), messageStop]);

      expect(inputs).toEqual([
        ['one', { a: 1 }, false],
        ['two', { c: 3 }, false],
        ['two', { c: 3 }, true],
      ]);
      expect(error).toBeInstanceOf(InvalidOutputError);
      expect(error).toMatchObject({ text: '{"a":1,b":2}', value: { a: 1 }, cause: { position: 7 } });
      expect(String(error)).toContain("is not JSON (stop_reason max_tokens). Unexpected 'b' at position 7");
    });

    it.each(['-', 'x', 'tru'])('is also %j, of which nothing is shown', async (text) => {
      const error = await failureOf(completeMessage(call(0, 'one'), inputJsonDelta(text), blockStop(0)));

      expect(error).toMatchObject({ text, value: undefined });
    });
  });
});
