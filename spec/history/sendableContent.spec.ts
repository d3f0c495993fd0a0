import { sendableContent, type SendPolicy } from '../../src/history/sendableContent.js';
import type { ContentBlock, StopReason } from '../../src/index.js';
import {
  buildMessage,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type BuildMessageOptions,
} from '../../src/testing/index.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { byCode, code, fallback, found, ran, redacted, search } from './support/partials.js';

type Content = Exclude<NonNullable<BuildMessageOptions['content']>, string>;

const noCallAnswered: SendPolicy = { isAnswered: () => false };
const everyCallAnswered: SendPolicy = { isAnswered: () => true };

/** The content that is sent back of a message that was interrupted, unless it has a stop reason. */
function sent(content: Content, stop_reason: StopReason | null = null, policy = noCallAnswered): ContentBlock[] {
  return sendableContent(deepFreeze(buildMessage({ content, stop_reason })), policy);
}

const [a, b] = [toolUseBlock('a', { x: 1 }), toolUseBlock('b')];
const thought = thinkingBlock('Hm.');
const well = textBlock('Well.');
const mcp = { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} };
const unknown = { type: 'not_known_yet', data: 1 };
const pausing = ['pause_turn', 'compaction' as StopReason] as const;
const ending = [null, 'end_turn', 'max_tokens', 'stop_sequence', 'model_context_window_exceeded'] as const;

describe('sendableContent', () => {
  it('returns all other blocks as the same objects', () => {
    const content = [thought, redacted, well, search, found, unknown, a, { type: 'container_upload', file_id: 'f' }];
    const blocks = sent(content, 'tool_use', everyCallAnswered);

    expect(blocks).toHaveLength(content.length);
    blocks.forEach((block, index) => {
      expect(block).toBe(content[index]);
    });
  });

  describe('after a refusal', () => {
    it('returns nothing of the message', () => {
      expect(sent([thought, well, search, found, unknown, fallback, a], 'refusal', everyCallAnswered)).toEqual([]);
    });
  });

  describe('blank text', () => {
    it.each(['', ' ', '\n\t', '\u00a0', '\ud83d', ' \ud83d'])('is left out: %j', (text) => {
      expect(sent([textBlock(text), well, textBlock(text)])).toEqual([well]);
    });

    it('is text without any other character than white space', () => {
      expect(sent([' . '])).toEqual([textBlock(' . ')]);
    });
  });

  describe('half a character', () => {
    it('is removed from the end of a text, with nothing else', () => {
      const citations = [{ type: 'web_search_result_location' }] as never;

      expect(sent([textBlock('Hi 👋 \ud83d', { citations }), well])).toEqual([
        textBlock('Hi 👋 ', { citations }),
        well,
      ]);
    });

    it('is not a character at the end, nor anything before the end', () => {
      expect(sent(['Hi 👋', '\ud83d.'])).toEqual([textBlock('Hi 👋'), textBlock('\ud83d.')]);
    });
  });

  describe('thinking', () => {
    const { type, thinking } = thought;
    const unsigned = [
      { type, thinking },
      { type, thinking, signature: null },
    ];

    it('is left out without a signature, whether it was truncated or a gateway omits the field', () => {
      expect(sent([thought, thinkingBlock('Hm', { signature: '' }), well])).toEqual([thought, well]);
      expect(sent([...unsigned, well])).toEqual([well]);
    });

    it.each(['', '\n\n', ' '])('keeps the blank text %j between two signed blocks, which are bound to it', (blank) => {
      for (const other of [thought, redacted]) {
        expect(sent([blank, thought, blank, search, found, blank, other, blank, well, blank])).toEqual([
          thought,
          textBlock(blank),
          search,
          found,
          textBlock(blank),
          other,
          well,
        ]);
      }
      expect(sent([...unsigned, textBlock(blank), thought, well])).toEqual([thought, well]);
    });

    it.each(ending)(
      'is left out at the end of a message that stopped with %s, with the blank text before it',
      (stop) => {
        expect(sent([well, thought, '\n', redacted, '\n'], stop)).toEqual([well]);
        expect(sent([thought, '\n', thought, a], stop, noCallAnswered)).toEqual([]);
      },
    );

    it.each(ending)('is left out at the end of a message that stopped with %s', (stop_reason) => {
      expect(sent([thought, well, thought, redacted], stop_reason)).toEqual([thought, well]);
      expect(sent([thought, well, redacted, a, search, ' '], stop_reason)).toEqual([thought, well]);
      expect(sent([redacted, thought], stop_reason)).toEqual([]);
    });

    it.each(pausing)('is sent back at the end of a message that stopped with %s', (stop_reason) => {
      expect(sent([well, thought, redacted], stop_reason)).toEqual([well, thought, redacted]);
    });
  });

  describe('a document', () => {
    it('is left out', () => {
      const source = { type: 'text', media_type: 'text/plain', data: 'x' };

      expect(sent([well, { type: 'document', source }, well], 'end_turn')).toEqual([well, well]);
    });
  });

  describe('before the last fallback', () => {
    const connector = { type: 'connector_text', text: 'So' };

    it.each([thought, redacted, connector, a])('a block is left out, and not after it: $type', (block) => {
      expect(sent([block, fallback, block, fallback, block, well], 'end_turn', everyCallAnswered)).toEqual([
        fallback,
        fallback,
        block,
        well,
      ]);
    });

    it.each([well, unknown, found])('a block is sent back: $type', (block) => {
      expect(sent([block, fallback, well])).toEqual([block, fallback, well]);
    });

    it("a call to one of the API's own tools is sent back if it has its result", () => {
      expect(sent([search, found, { ...search, id: 's2' }, fallback, well], 'pause_turn')).toEqual([
        search,
        found,
        fallback,
        well,
      ]);
    });
  });

  describe('a call to a tool of the client', () => {
    it('is sent back if its result follows', () => {
      const isAnswered = jest.fn(({ name }: { readonly name: string }) => name === 'b');

      expect(sent([well, a, b], 'tool_use', { ...noCallAnswered, isAnswered })).toEqual([well, b]);
      expect(isAnswered).toHaveBeenCalledWith(a, 1);
    });

    it.each([[null], [undefined]])('has an empty input if a gateway sends %p', (input) => {
      expect(sent([{ ...a, input }], 'tool_use', everyCallAnswered)).toEqual([{ ...a, input: {} }]);
    });

    it.each([[['x']], ['x'], [1]])('has its input wrapped if it is not an object: %j', (input) => {
      expect(sent([toolUseBlock('a', input)], 'tool_use', everyCallAnswered)).toEqual([
        toolUseBlock('a', { INVALID_JSON: JSON.stringify(input) }),
      ]);
    });

    it('has its input unchanged if it is an object', () => {
      expect(sent([a], 'tool_use', everyCallAnswered)[0]).toBe(a);
    });
  });

  describe("a call to one of the API's own tools", () => {
    const cut = { ...search, id: 'srvtoolu_cut', input: 'x' };

    it.each(ending)('is left out without its result if the message stopped with %s', (stop_reason) => {
      expect(sent([search, found, cut, mcp], stop_reason, everyCallAnswered)).toEqual([search, found]);
      expect(sent([well, cut, a], stop_reason, everyCallAnswered)).toEqual([well, a]);
    });

    it.each(pausing)('is sent back without its result after %s, unchanged', (stop_reason) => {
      expect(sent([well, cut, mcp], stop_reason)).toEqual([well, cut, mcp]);
    });

    it("is sent back without its result if the results of the client's calls follow", () => {
      expect(sent([code, mcp, a], 'tool_use', everyCallAnswered)).toEqual([code, mcp, a]);
      expect(sent([well, code, a], 'tool_use')).toEqual([well]);
      expect(sent([well, code], 'tool_use', everyCallAnswered)).toEqual([well]);
      expect(sent([a, fallback, well, code], 'tool_use', everyCallAnswered)).toEqual([fallback, well]);
    });
  });

  describe('a call that is left out', () => {
    const inner = [
      { ...search, ...byCode },
      { ...found, ...byCode },
    ];

    it('takes with it the calls that its code made, and their results', () => {
      expect(sent([well, code, ...inner])).toEqual([well]);
      expect(sent([well, code, { ...search, ...byCode }, found])).toEqual([well]);
      expect(sent([well, code, { ...a, ...byCode }], 'max_tokens', everyCallAnswered)).toEqual([well]);
    });

    it('leaves those of other calls', () => {
      expect(sent([code, ...inner, ran])).toEqual([code, ...inner, ran]);
      expect(sent([...inner])).toEqual(inner); // the code is in an earlier message
      expect(sent([mcp, { ...search, caller: { type: 'direct' } }, found])).toHaveLength(2);
      expect(sent([mcp, { ...search, caller: null }, found])).toHaveLength(2);
    });
  });
});
