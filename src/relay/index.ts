export { toServerSentEvents } from './toServerSentEvents.js';
export type { FrameOptions } from './frameOptions.js';
export type { DescribeError, PublicError, PublicErrorChanges } from './publicError.js';
export { toResponse } from './toResponse.js';
export { pipeToServerResponse } from './pipeToServerResponse.js';
export type { RelayOptions } from './relayOptions.js';
export type { ServerResponseLike } from './serverResponse.js';
