import * as agUi from '../src/ag-ui/index.js';
import * as aiSdk from '../src/ai-sdk/index.js';
import * as bedrock from '../src/bedrock/index.js';
import * as core from '../src/core/index.js';
import * as api from '../src/index.js';
import * as mcp from '../src/mcp/index.js';
import * as opentelemetry from '../src/opentelemetry/index.js';
import * as relay from '../src/relay/index.js';
import * as redis from '../src/redis/index.js';
import * as schemas from '../src/schemas/index.js';
import * as testing from '../src/testing/index.js';

const FUNCTIONS = [
  'abortOn',
  'accumulateMessage',
  'addUsage',
  'auditFrame',
  'bufferByLine',
  'bufferByMarkdownBlock',
  'bufferByPunctuation',
  'bufferBySentence',
  'bufferByWord',
  'citations',
  'coalesceDeltas',
  'coalesceText',
  'contentBlocks',
  'continuationParams',
  'continueOnConnectionError',
  'conversation',
  'defineTool',
  'defineToolset',
  'finalMessage',
  'finalText',
  'fromNativeObservable',
  'fromResponse',
  'fromSdkStream',
  'idleTimeout',
  'inputJsonDeltas',
  'isRetryable',
  'messageEvents',
  'messageState',
  'ofType',
  'outputElements',
  'outputFormat',
  'partialJson',
  'resumeOnConnectionError',
  'resumeRun',
  'retryOnConnectionError',
  'runTools',
  'serverSentEvents',
  'shareMessage',
  'smoothText',
  'streamMessage',
  'structuredOutput',
  'tapMessage',
  'tapResponse',
  'textDeltas',
  'thinkingDeltas',
  'toAsyncIterable',
  'toNativeObservable',
  'toMessageParam',
  'toolInput',
  'toolInputStatus',
  'toolUses',
  'totalUsage',
  'trackUsage',
  'usage',
];

const CLASSES = [
  'APIConnectionError',
  'APIConnectionTimeoutError',
  'APIError',
  'APIStatusError',
  'APITimeoutError',
  'APIUserAbortError',
  'AnthropicError',
  'AuthenticationError',
  'BadRequestError',
  'ConflictError',
  'ContentTooLargeError',
  'GatewayTimeoutError',
  'IncompleteMessageError',
  'InternalServerError',
  'InvalidEventError',
  'InvalidOutputError',
  'InvalidParamsError',
  'JsonTextError',
  'MissingCredentialsError',
  'NotFoundError',
  'OverloadedError',
  'PaymentRequiredError',
  'PermissionDeniedError',
  'RateLimitError',
  'RequestTimeoutError',
  'ServiceUnavailableError',
  'UnprocessableEntityError',
];

const CONSTANTS = ['idleMessageState'];

const RELAY_FUNCTIONS = [
  'demandOf',
  'memoryEventLog',
  'pipeToServerResponse',
  'recordTo',
  'resumeFrom',
  'toMessageEvents',
  'toResponse',
  'toServerSentEvents',
];

const RELAY_CLASSES = ['LeaseLostError', 'StreamInterruptedError'];

const TESTING = [
  'buildMessage',
  'errorEvent',
  'eventLogContract',
  'eventsOf',
  'expectCompleteMessage',
  'expectFrames',
  'expectValidEvents',
  'marbleEvents',
  'messagesFetch',
  'recordStream',
  'replayStream',
  'simulateMessage',
  'sseOf',
  'startMessagesServer',
  'textBlock',
  'thinkingBlock',
  'toolUseBlock',
];

/** The prototype of a class is read-only, that of a function is writable, and arrow functions have none. */
function isClass(value: unknown): boolean {
  return typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
}

describe('rxjs-anthropic', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(api).sort()).toEqual([...CLASSES, ...FUNCTIONS, ...CONSTANTS].sort());
  });

  it('exports error classes, functions and one constant', () => {
    const exported = Object.entries(api);

    expect(exported.flatMap(([name, value]) => (typeof value === 'function' ? [] : [name]))).toEqual(CONSTANTS);
    expect(exported.flatMap(([name, value]) => (isClass(value) ? [name] : [])).sort()).toEqual(CLASSES);
  });
});

describe('rxjs-anthropic/core', () => {
  it('exports two classes and a function, and the classes of the errors that they throw', () => {
    expect(Object.keys(core).sort()).toEqual([
      'APIError',
      'AnthropicError',
      'IncompleteMessageError',
      'IncrementalJsonParser',
      'InvalidEventError',
      'JsonTextError',
      'MessageAccumulator',
      'toolInputStatus',
    ]);
  });

  it('has the same errors and functions as the main entry', () => {
    const shared = Object.entries(core).filter(([name]) => name in api);

    expect(shared).toHaveLength(6);
    for (const [name, value] of shared) expect(value).toBe(Reflect.get(api, name));
  });

  it.each([
    [core.MessageAccumulator, ['add', 'end', 'isComplete', 'message']],
    [core.IncrementalJsonParser, ['end', 'error', 'push', 'status', 'text', 'value']],
  ])('%p has exactly these members', ({ prototype }, members) => {
    expect(Object.getOwnPropertyNames(prototype).sort()).toEqual(['constructor', ...members].sort());
  });
});

describe('rxjs-anthropic/schemas', () => {
  it('exports one schema', () => {
    expect(Object.keys(schemas)).toEqual(['messageStreamEventSchema']);
  });
});

describe('rxjs-anthropic/relay', () => {
  it('exports exactly these functions and error classes', () => {
    const exported = Object.entries(relay);

    expect(Object.keys(relay).sort()).toEqual([...RELAY_CLASSES, ...RELAY_FUNCTIONS].sort());
    expect(exported.flatMap(([name, value]) => (isClass(value) ? [name] : [])).sort()).toEqual(RELAY_CLASSES);
    expect(exported.every(([, value]) => typeof value === 'function')).toBe(true);
  });
});

describe('rxjs-anthropic/redis', () => {
  it('exports one function', () => {
    expect(Object.keys(redis)).toEqual(['redisEventLog']);
    expect(isClass(redis.redisEventLog)).toBe(false);
  });
});

/** The entries for other libraries, which export functions only. */
const ADAPTERS: readonly (readonly [entry: string, exported: object, names: readonly string[]])[] = [
  [
    'ai-sdk',
    aiSdk,
    ['fromUIMessages', 'pipeUIMessageStreamToResponse', 'toUIMessageStream', 'toUIMessageStreamResponse'],
  ],
  ['opentelemetry', opentelemetry, ['traceMessage', 'traceRun']],
  ['mcp', mcp, ['mcpTools']],
  ['ag-ui', agUi, ['toAgUiEvents']],
  ['bedrock', bedrock, ['fromBedrock']],
];

describe.each(ADAPTERS)('rxjs-anthropic/%s', (_, exported, names) => {
  it('exports exactly these functions', () => {
    expect(Object.keys(exported).sort()).toEqual(names);
    expect(Object.values(exported).every((value) => typeof value === 'function' && !isClass(value))).toBe(true);
  });
});

describe('rxjs-anthropic/testing', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(testing).sort()).toEqual(TESTING);
  });

  it('exports functions', () => {
    expect(Object.values(testing).every((value) => typeof value === 'function' && !isClass(value))).toBe(true);
  });
});
