// State without RxJS, for programs with streams of another kind: async iterables, Effect, plain loops.
export { MessageAccumulator } from './messageAccumulator.js';
export { IncrementalJsonParser } from './incrementalJsonParser.js';
export { toolInputStatus, type ToolInputStatus } from '../accumulate/toolInputStatus.js';
export type { DeepPartial } from '../json/deepPartial.js';
export type { JsonTextStatus } from '../json/incrementalJsonParser.js';

// What they throw.
export { JsonTextError } from '../json/jsonTextError.js';
export { AnthropicError, APIError, IncompleteMessageError, InvalidEventError } from '../errors/classes.js';

// What they read and return.
export type { AnyEvent, MessageStreamEvent } from '../api/events.js';
export type { ContentBlock, Message } from '../api/message.js';
