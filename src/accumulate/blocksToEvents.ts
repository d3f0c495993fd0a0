import type { ContentBlockDelta, MessageStreamEvent } from '../api/events.js';
import type { BetaContentBlock, ContentBlock } from '../api/message.js';
import { asString, readPath } from '../utils/inspect.js';

/**
 * Converts the content of a complete message to the events that the API would send for it. Accumulating them builds the
 * content again.
 *
 * @param deltaLength - The length of a delta of text, thinking or JSON, in UTF-16 code units. A surrogate pair is never
 * split: a delta that would end inside one is one unit longer. Default: everything is in one delta.
 * @returns A new array. Its events share objects with the blocks.
 */
export function blocksToEvents(content: readonly BetaContentBlock[], deltaLength = Infinity): MessageStreamEvent[] {
  return content.flatMap((block, index) => blockToEvents(block, index, deltaLength));
}

function blockToEvents(block: BetaContentBlock, index: number, deltaLength: number): MessageStreamEvent[] {
  const { start, deltas } = splitBlock(block, deltaLength);
  return [
    { type: 'content_block_start', index, content_block: start as ContentBlock },
    ...deltas.map((delta): MessageStreamEvent => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

/** Splits a block into the block of its `content_block_start` and the deltas that complete it. */
function splitBlock(
  block: BetaContentBlock,
  deltaLength: number,
): { readonly start: BetaContentBlock; readonly deltas: readonly ContentBlockDelta[] } {
  switch (block.type) {
    case 'text': {
      const citations = Array.isArray(block.citations) ? block.citations : [];
      return {
        start: { ...block, text: '', ...(block.citations && { citations: [] }) },
        deltas: [
          ...citations.map((citation) => ({ type: 'citations_delta' as const, citation })),
          ...splitText(block.text, deltaLength).map((text) => ({ type: 'text_delta' as const, text })),
        ],
      };
    }
    case 'thinking': {
      const thoughts = block.thinking === '' ? [''] : splitText(block.thinking, deltaLength);
      const signature = asString(readPath(block, 'signature')); // another model behind a gateway may have none
      return {
        start: { ...block, thinking: '', ...(signature !== undefined && { signature: '' }) },
        deltas: [
          ...thoughts.map((thinking) => ({ type: 'thinking_delta' as const, thinking })),
          ...(signature === undefined ? [] : [{ type: 'signature_delta' as const, signature }]),
        ],
      };
    }
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use': {
      const json = JSON.stringify(block.input) as string | undefined;
      return {
        start: { ...block, input: {} },
        deltas: ['', ...(json === undefined || json === '{}' ? [] : splitText(json, deltaLength))].map(
          (partial_json) => ({ type: 'input_json_delta', partial_json }),
        ),
      };
    }
    case 'compaction': {
      const { content, encrypted_content } = block;
      return {
        start: { ...block, content: null, ...(encrypted_content !== undefined && { encrypted_content: null }) },
        deltas: [{ type: 'compaction_delta', content, ...(encrypted_content !== undefined && { encrypted_content }) }],
      };
    }
    default:
      return { start: block, deltas: [] };
  }
}

/** Splits a text after every `length` UTF-16 code units, or one later if that would split a surrogate pair. */
function splitText(text: string, length: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const end = from + length;
    const splitsPair = (text.codePointAt(end - 1) ?? 0) > 0xffff;
    const to = splitsPair ? end + 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}
