// Sources: from bytes to events.
export { streamMessage } from './source/streamMessage.js';
export {
  fromResponse,
  type FromResponseOptions,
  type ResponseFactory,
  type Resume,
  type ResumeContext,
} from './source/fromResponse.js';
export { resumeOnConnectionError, type ResumeOptions } from './source/resumeOnConnectionError.js';
export { fromSdkStream } from './source/fromSdkStream.js';
export { serverSentEvents } from './source/serverSentEvents.js';
export { messageEvents } from './source/messageEvents.js';
export type { StreamMessageOptions } from './source/messageRequest.js';
export type { FetchLike, ReadableBody, BodyReader, ResponseBody, ResponseLike } from './source/responseLike.js';
export type { ResponseOptions } from './source/responseOptions.js';
export type { ServerSentEventsOptions } from './source/serverSentEvents.js';
export type { ServerSentEvent } from './source/sseDecoder.js';
export type { FromSdkStreamOptions, SdkStream } from './source/fromSdkStream.js';
export type { TimeoutOptions } from './rx/watchdog.js';
export type { RateLimit, ResponseInfo } from './source/responseInfo.js';

// Selectors: parts of events.
export { textDeltas, type TextDeltasOptions } from './operators/textDeltas.js';
export { thinkingDeltas, type ThinkingDeltasOptions } from './operators/thinkingDeltas.js';
export { inputJsonDeltas, type InputJsonDelta } from './operators/inputJsonDeltas.js';
export { citations } from './operators/citations.js';
export { contentBlocks } from './operators/contentBlocks.js';
export { toolUses } from './operators/toolUses.js';
export { ofType, type EventOfType } from './operators/ofType.js';

// Accumulators: from events to the message, its text and its usage.
export { accumulateMessage, type AccumulateMessageOptions } from './operators/accumulateMessage.js';
export { finalMessage } from './operators/finalMessage.js';
export { finalText } from './operators/finalText.js';
export { usage } from './operators/usage.js';
export { totalUsage } from './operators/totalUsage.js';
export { addUsage } from './accumulate/addUsage.js';
export type { RunningUsage } from './accumulate/usage.js';
export { toolInputStatus, type ToolInputStatus } from './accumulate/toolInputStatus.js';

// JSON: from incomplete text to typed values.
export { partialJson } from './operators/partialJson.js';
export type { DeepPartial } from './json/deepPartial.js';
export { toolInput, type ToolInput } from './operators/toolInput.js';
export { structuredOutput, type StructuredOutput } from './operators/structuredOutput.js';
export { outputElements } from './operators/outputElements.js';
export { outputFormat, type JsonOutputFormat, type JsonSchema } from './schemas/outputFormat.js';
export { JsonTextError } from './json/jsonTextError.js';
export type {
  InferOutput,
  SchemaIssue,
  SchemaResult,
  StandardJsonSchemaV1,
  StandardSchemaV1,
} from './schemas/standardSchema.js';

// Tools: definitions, and the streaming loop that runs them.
export {
  defineTool,
  type DefineApiToolOptions,
  type DefineToolOptions,
  type Tool,
  type ToolContext,
  type ToolOutput,
} from './tools/defineTool.js';
export { defineToolset, type DefineToolsetOptions, type Toolset } from './tools/defineToolset.js';
export { runTools } from './tools/runTools.js';
export { resumeRun, type ResumeRunParams } from './tools/resumeRun.js';
export type { RequestContext, RunToolsOptions } from './tools/runOptions.js';
export type { RunDecision, RunDecisions } from './tools/runDecisions.js';
export type { RunState, SavedCall } from './tools/runState.js';
export type { OnTool, ToolApproval, ToolCall } from './tools/runTool.js';
export type {
  RunEndEvent,
  RunPausedEvent,
  RunToolsEvent,
  ToolApprovalRequiredEvent,
  ToolProgressEvent,
  ToolResultEvent,
} from './tools/toolEvents.js';

// Observers: callbacks that leave the events unchanged.
export { tapMessage, type MessageObserver } from './operators/tapMessage.js';
export { tapResponse } from './operators/tapResponse.js';
export { trackUsage } from './operators/trackUsage.js';

// Text: from text to text.
export { bufferByLine, type BufferByLineOptions } from './operators/bufferByLine.js';
export { bufferByMarkdownBlock, type BufferByMarkdownBlockOptions } from './operators/bufferByMarkdownBlock.js';
export { bufferByPunctuation, type BufferByPunctuationOptions } from './operators/bufferByPunctuation.js';
export { bufferBySentence, type BufferBySentenceOptions } from './operators/bufferBySentence.js';
export { bufferByWord, type BufferByWordOptions } from './operators/bufferByWord.js';
export type { BufferOperator } from './operators/internal/bufferText.js';

// Pacing: the same content at other times, in fewer events, texts or states.
export { coalesceDeltas, type CoalesceDeltasOptions } from './operators/coalesceDeltas.js';
export { coalesceText, type CoalesceTextOptions } from './operators/coalesceText.js';
export { auditFrame, type AuditFrameOptions } from './operators/auditFrame.js';
export { smoothText, type SmoothTextOptions } from './operators/smoothText.js';

// Resilience: from events to events.
export { abortOn } from './operators/abortOn.js';
export { retryOnConnectionError, type RetryOnConnectionErrorOptions } from './operators/retryOnConnectionError.js';
export {
  continueOnConnectionError,
  type ContinueOnConnectionErrorOptions,
} from './operators/continueOnConnectionError.js';
export { idleTimeout, type IdleTimeoutOptions } from './operators/idleTimeout.js';
export { isRetryable } from './errors/isRetryable.js';

// State: from events to the state of a user interface, and from one request to several subscribers.
export {
  idleMessageState,
  messageState,
  type MessageState,
  type MessageStateOptions,
} from './operators/messageState.js';
export { conversation } from './conversation/conversation.js';
export type {
  Conversation,
  ConversationOptions,
  ConversationRequest,
  ResumedRequest,
} from './conversation/conversationTypes.js';
export type {
  AssistantTurn,
  CallOfTool,
  CallOfToolset,
  ConversationState,
  ConversationStatus,
  ConversationTool,
  ConversationTurn,
  ToolsOf,
  UserContent,
  UserTurn,
} from './conversation/conversationState.js';
export { shareMessage, type ShareMessageOptions } from './operators/shareMessage.js';
export type { RebuiltEvent } from './accumulate/compactEvents.js';

// Bridges: from an Observable to `for await`.
export {
  fromNativeObservable,
  toNativeObservable,
  type NativeObservable,
  type NativeObserver,
  type NativeSubscriber,
} from './bridge/nativeObservable.js';
export { toAsyncIterable, type IterableStream, type ToAsyncIterableOptions } from './bridge/toAsyncIterable.js';
export type { Demand } from './rx/demand.js';
export type { EventOperator } from './rx/eventOperator.js';

// Parameters: from a message to the next request.
export {
  toMessageParam,
  type AssistantMessageParam,
  type BetaAssistantMessageParam,
} from './history/toMessageParam.js';
export {
  continuationParams,
  type ContinuationParams,
  type ContinuationParamsOptions,
} from './history/continuationParams.js';

// Errors.
export {
  AnthropicError,
  APIError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIConnectionTimeoutError as APITimeoutError,
  IncompleteMessageError,
  APIUserAbortError,
  InvalidEventError,
  InvalidOutputError,
  InvalidParamsError,
  MissingCredentialsError,
  type AnthropicErrorOptions,
  type APIErrorOptions,
  type ErrorPhase,
  type TimeoutName,
} from './errors/classes.js';
export {
  APIStatusError,
  BadRequestError,
  AuthenticationError,
  PaymentRequiredError,
  PermissionDeniedError,
  NotFoundError,
  RequestTimeoutError,
  ConflictError,
  ContentTooLargeError,
  UnprocessableEntityError,
  RateLimitError,
  InternalServerError,
  ServiceUnavailableError,
  GatewayTimeoutError,
  OverloadedError,
  type APIStatusErrorOptions,
} from './errors/statusClasses.js';

// The API's data: events, messages, and the parameters of a request.
export type {
  AnyEvent,
  ContentBlockDelta,
  ContentBlockDeltaEvent,
  ContentBlockStartEvent,
  ContentBlockStopEvent,
  MessageDeltaEvent,
  MessageReconnectEvent,
  MessageRestartEvent,
  MessageStartEvent,
  MessageStopEvent,
  MessageStreamEvent,
  PingEvent,
} from './api/events.js';
export type { FrozenArray } from './api/frozenArray.js';
export type {
  AppliedEdit,
  BetaContentBlock,
  BetaMessage,
  Container,
  ContentBlock,
  Diagnostics,
  InputTransformation,
  Message,
  RedactedThinkingBlock,
  RefusalCategory,
  RefusalStopDetails,
  StopReason,
  TextBlock,
  TextCitation,
  ThinkingBlock,
  ToolUseBlock,
} from './api/message.js';
export type { CacheCreation, FallbackCreditStatus, IterationUsage, Usage } from './api/usage.js';
export type {
  AdvisorErrorCode,
  AdvisorToolResultBlock,
  AdvisorToolUseBlock,
  CompactionBlock,
  FallbackBlock,
  McpToolListingBlock,
  McpToolResultBlock,
  McpToolUseBlock,
  ToolChangeBlock,
  ToolReference,
} from './api/betaBlocks.js';
export type { CacheControl, CustomToolDefinition, ToolDefinition } from './api/toolDefinitions.js';
export type {
  BashCodeExecutionToolResultBlock,
  CodeExecutionToolResultBlock,
  ContainerUploadBlock,
  ServerToolErrorCode,
  ServerToolUseBlock,
  TextEditorCodeExecutionToolResultBlock,
  ToolCaller,
  ToolSearchToolResultBlock,
  WebFetchToolResultBlock,
  WebSearchToolResultBlock,
} from './api/serverToolBlocks.js';
export type {
  ContentBlockParam,
  MessageCreateParams,
  MessageParam,
  ToolParam,
  ToolResultParam,
  TypedParam,
} from './api/params.js';
export type {
  ContainerParam,
  ContextEdit,
  Effort,
  FallbackParam,
  McpServerParam,
  OutputConfigParam,
  OutputFormatParam,
  ThinkingParam,
  ToolChoiceParam,
} from './api/requestFields.js';
