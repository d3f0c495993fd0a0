/** Builds deltas, and adds them to blocks. Everything that is passed in is frozen. */
import { BlockAccumulator } from '../../../src/accumulate/blockAccumulator.js';
import {
  toolInputStatus,
  type ContentBlock,
  type ContentBlockDelta,
  type TextCitation,
  type ToolUseBlock,
} from '../../../src/index.js';
import type { AnyContentBlock } from '../../../src/testing/index.js';
import { deepFreeze } from '../../support/deepFreeze.js';

export type AnyDelta = ContentBlockDelta | { readonly type: string; readonly [field: string]: unknown };

export const citation = (cited_text: string): TextCitation => ({
  type: 'char_location',
  cited_text,
  document_index: 0,
  document_title: null,
  start_char_index: 0,
  end_char_index: cited_text.length,
});
export const json = (partial_json: string): AnyDelta => ({ type: 'input_json_delta', partial_json });
export const text = (text: string): AnyDelta => ({ type: 'text_delta', text });
export const cite = (cited_text: string): AnyDelta => ({ type: 'citations_delta', citation: citation(cited_text) });

/** Opens a block whose fields nobody may write to. */
export const open = (block: AnyContentBlock) => new BlockAccumulator(deepFreeze(block) as ContentBlock);

export const add = (accumulator: BlockAccumulator, delta: AnyDelta): void => {
  accumulator.add(deepFreeze(delta) as ContentBlockDelta);
};

export const statusOf = (block: ContentBlock) => toolInputStatus(block as ToolUseBlock);
