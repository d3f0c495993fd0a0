import type { ContentBlockDelta, MessageStreamEvent } from '../api/events.js';
import type { BetaContentBlock, ContentBlock } from '../api/message.js';
import { asString, readPath } from '../utils/inspect.js';

/**
 * Converts the content of a complete message to events like those that the API would send for it, except that each text
 * is in one delta. Accumulating them builds the content again.
 *
 * @returns A new array. Its events share objects with the blocks.
 */
export function blocksToEvents(content: readonly BetaContentBlock[]): MessageStreamEvent[] {
  return content.flatMap((block, index) => {
    const { start, deltas } = splitBlock(block);
    return [
      { type: 'content_block_start', index, content_block: start as ContentBlock },
      ...deltas.map((delta): MessageStreamEvent => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ];
  });
}

/** Splits a block into the block of its `content_block_start` and the deltas that complete it. */
function splitBlock(block: BetaContentBlock): {
  readonly start: BetaContentBlock;
  readonly deltas: readonly ContentBlockDelta[];
} {
  switch (block.type) {
    case 'text': {
      const { text, citations } = block;
      const list = Array.isArray(citations) ? citations : [];
      return {
        start: { ...block, text: '', ...(citations && { citations: [] }) },
        deltas: [
          ...list.map((citation) => ({ type: 'citations_delta' as const, citation })),
          ...(text === '' ? [] : [{ type: 'text_delta' as const, text }]),
        ],
      };
    }
    case 'thinking': {
      const { thinking } = block;
      const signature = asString(readPath(block, 'signature')); // another model behind a gateway may have none
      return {
        start: { ...block, thinking: '', ...(signature !== undefined && { signature: '' }) },
        deltas: [
          { type: 'thinking_delta', thinking },
          ...(signature === undefined ? [] : [{ type: 'signature_delta' as const, signature }]),
        ],
      };
    }
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use': {
      const json = JSON.stringify(block.input) as string | undefined;
      const fragments = json === undefined || json === '{}' ? [''] : ['', json];
      return {
        start: { ...block, input: {} },
        deltas: fragments.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
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
