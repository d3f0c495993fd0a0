export { fromUIMessages, type UIMessageLike } from './fromUIMessages.js';
export { toUIMessageStream, type ToUIMessageStreamOptions } from './toUIMessageStream.js';
export { toUIMessageStreamResponse } from './toUIMessageStreamResponse.js';
export { pipeUIMessageStreamToResponse, type UIServerResponse } from './pipeUIMessageStreamToResponse.js';
export type { UIMessageResponseOptions } from './chunkText.js';
export type { UIMessageEnd } from './uiMessage.js';
export type {
  UIFinishReason,
  UIMessageChunk,
  UIMessageMetadata,
  UISourceChunk,
  UIThinkingMetadata,
} from './uiMessageChunk.js';
