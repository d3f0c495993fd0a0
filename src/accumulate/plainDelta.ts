import { isEvent, isTyped, type ContentBlockDeltaEvent } from '../api/events.js';

/** Whether a value is a `content_block_delta` whose fields can all be joined. */
export function isPlainDelta(value: unknown): value is ContentBlockDeltaEvent {
  if (!isTyped(value) || !isEvent(value, 'content_block_delta')) return false;
  const { index, delta }: { readonly index: unknown; readonly delta: unknown } = value;
  if (typeof index !== 'number' || !isTyped(delta) || countFields(value) !== 3) return false;
  return countFields(delta) === ('estimated_tokens' in delta ? 3 : 2);
}

function countFields(value: object): number {
  return Object.keys(value).length;
}
