import {
  isApiToolCall,
  isThinkingBlock,
  isToolCall,
  joinText,
  lastFallbackIndex,
  textOfBlock,
} from '../../src/api/blocks.js';
import type { BetaContentBlock, ContentBlock } from '../../src/index.js';
import { textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';

/** A block of each type, and which of the questions are answered with yes. */
const BLOCKS: readonly (readonly [block: object, isCall: boolean, isApiCall: boolean, isThinking: boolean])[] = [
  [textBlock('Hello'), false, false, false],
  [thinkingBlock('Hm.'), false, false, true],
  [{ type: 'redacted_thinking', data: 'x' }, false, false, true],
  [toolUseBlock('now'), true, false, false],
  [{ type: 'server_tool_use', id: '1', name: 'web_search', input: {} }, true, true, false],
  [{ type: 'mcp_tool_use', id: '1', name: 'now', server_name: 's', input: {} }, true, true, false],
  [{ type: 'mcp_tool_result', tool_use_id: '1', is_error: false, content: 'x' }, false, false, false],
  [{ type: 'web_search_tool_result', tool_use_id: '1', content: [] }, false, false, false],
  [{ type: 'web_fetch_tool_result', tool_use_id: '1', content: {} }, false, false, false],
  [{ type: 'code_execution_tool_result', tool_use_id: '1', content: {} }, false, false, false],
  [{ type: 'bash_code_execution_tool_result', tool_use_id: '1', content: {} }, false, false, false],
  [{ type: 'text_editor_code_execution_tool_result', tool_use_id: '1', content: {} }, false, false, false],
  [{ type: 'tool_search_tool_result', tool_use_id: '1', content: {} }, false, false, false],
  [{ type: 'advisor_tool_result', tool_use_id: '1', content: {} }, false, false, false],
  [{ type: 'container_upload', file_id: '1' }, false, false, false],
  [{ type: 'compaction', content: 'x' }, false, false, false],
  [{ type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }, false, false, false],
  [{ type: 'a_type_of_tomorrow', text: 'x', thinking: 'x' }, false, false, false],
];

it.each(BLOCKS)(
  '%j: isToolCall is %p, isApiToolCall is %p, isThinkingBlock is %p',
  (block, call, apiCall, thinking) => {
    expect(isToolCall(block as BetaContentBlock)).toBe(call);
    expect(isApiToolCall(block as BetaContentBlock)).toBe(apiCall);
    expect(isThinkingBlock(block as ContentBlock)).toBe(thinking);
  },
);

it.each(BLOCKS)("%j: textOfBlock is '', except for a text block", (block) => {
  expect(textOfBlock(block as ContentBlock)).toBe(block === BLOCKS[0]?.[0] ? 'Hello' : '');
});

it('joinText joins the text blocks in order, without separators', () => {
  expect(joinText([textBlock('Hel'), thinkingBlock('Hm.'), textBlock(''), toolUseBlock('now'), textBlock('lo')])).toBe(
    'Hello',
  );
  expect(joinText([])).toBe('');
});

it('lastFallbackIndex is the index of the last fallback block, or -1', () => {
  const fallback: BetaContentBlock = { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } };

  expect(lastFallbackIndex([fallback, textBlock('a'), fallback, textBlock('b')])).toBe(2);
  expect(lastFallbackIndex([fallback])).toBe(0);
  expect(lastFallbackIndex([textBlock('a')])).toBe(-1);
  expect(lastFallbackIndex([])).toBe(-1);
});
