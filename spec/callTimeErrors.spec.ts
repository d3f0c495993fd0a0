/**
 * A wrong argument is reported by the call itself, before anything is subscribed to, with the name of the function and of
 * the argument. The arguments here are those that JavaScript, `any` and environment variables let pass.
 */
import { NEVER } from 'rxjs';
import * as agUi from '../src/ag-ui/index.js';
import * as aiSdk from '../src/ai-sdk/index.js';
import * as bedrock from '../src/bedrock/index.js';
import * as api from '../src/index.js';
import * as mcp from '../src/mcp/index.js';
import * as opentelemetry from '../src/opentelemetry/index.js';
import { params } from './tools/support/turns.js';

type Call = (...args: readonly unknown[]) => unknown;

/** The exports as JavaScript sees them. */
const untyped = { ...api, ...agUi, ...bedrock, ...aiSdk, ...opentelemetry, ...mcp } as unknown as Readonly<
  Record<string, Call>
>;

const call = (name: string, ...args: readonly unknown[]): unknown => untyped[name]?.(...args);

describe('a wrong argument is reported at call time', () => {
  it.each<[string, readonly unknown[], string]>([
    ['trackUsage', [], 'next must be a function, got undefined'],
    ['tapResponse', ['x'], "next must be a function, got 'x'"],
    ['fromSdkStream', [Promise.resolve()], 'create must be a function, got object'],
    ['retryOnConnectionError', [{ onRetry: 1 }], 'onRetry must be a function, got number'],
    ['retryOnConnectionError', [{ shouldRetry: true }], 'shouldRetry must be a function, got boolean'],
    ['retryOnConnectionError', [{ signal: new AbortController() }], 'signal must be an AbortSignal'],
    ['continueOnConnectionError', [{ continueWith: () => NEVER, signal: {} }], 'signal must be an AbortSignal'],
    ['resumeOnConnectionError', [{ shouldRetry: true }], 'shouldRetry must be a function, got boolean'],
    ['streamMessage', [params, { apiKey: 'k', signal: new AbortController() }], 'signal must be an AbortSignal'],
    ['streamMessage', [params, { apiKey: 'k', timeout: 5000 }], 'timeout must be an object, such as'],
    [
      'streamMessage',
      [params, { apiKey: 'k', timeout: '5000' }],
      'timeout must be an object, such as { idleMs: 60_000 }.',
    ],
    ['streamMessage', [params, { apiKey: 'k', betas: 'a,b' }], "betas must be an array of strings, got 'a,b'"],
    ['streamMessage', [params, { apiKey: 'k', headers: new Headers({ a: 'b' }) }], 'headers must be an object'],
    ['streamMessage', [params, { apiKey: 'k', headers: [['a', 'b']] }], 'headers must be an object of strings'],
    ['streamMessage', [params, { apiKey: 'k', headers: 'a: b' }], 'headers must be an object of strings'],
    ['fromResponse', [() => NEVER, { signal: 'x' }], 'signal must be an AbortSignal'],
    ['serverSentEvents', ['http://127.0.0.1', { timeout: 1 }], 'timeout must be an object'],
    ['toolInput', [], 'name must be a string'],
    ['bufferByPunctuation', [{ marks: ['.', '!'] }], 'marks must be a string of characters'],
    ['bufferByPunctuation', [{ marks: /[.!]/ }], 'marks must be a string of characters'],
    ['bufferByWord', [{ locale: 1 }], "locale must be a language tag, such as 'en' or 'zh-Hant', got number"],
    ['bufferBySentence', [{ locale: ['en'] }], "locale must be a language tag, such as 'en' or 'zh-Hant', got object"],
    ['smoothText', [{ charactersPerSecond: 100, delayMs: 20 }], 'only one of them can be given'],
    ['abortOn', ['stop'], 'stop$ must be an Observable'],
    ['abortOn', [new AbortController()], 'stop$ must be an Observable'],
    ['messageState', [{ abort: 'stop' }], 'abort must be an Observable'],
    ['messageState', [{ abort: new AbortController().signal }], 'abort must be an Observable'],
    ['runTools', [params, { apiKey: 'k' }], 'tools must be an array of what defineTool and defineToolset return'],
    ['runTools', [params, { apiKey: 'k', tools: [undefined] }], 'tools must be an array'],
    ['runTools', [params, { apiKey: 'k', tools: { name: 'x' } }], 'tools must be an array'],
    ['runTools', [params, { apiKey: 'k', tools: [{ name: 'x', input_schema: {} }] }], 'tools must be an array'],
    ['conversation', [{}], 'request must be a function, got undefined'],
    ['conversation', [{ request: () => NEVER, stop: true }], 'stop must be a function, got boolean'],
    ['conversation', [{ request: () => NEVER, tools: [] }], 'runTools must be a function, got undefined'],
    [
      'conversation',
      [{ request: () => NEVER, runTools: api.runTools, tools: [{ name: 'x' }] }],
      'tools must be an array of what defineTool and defineToolset return',
    ],
    ['traceMessage', [{}], 'pass a tracer, a meter, or both'],
    ['traceRun', [{ tracer: {} }, () => NEVER], 'tracer.startSpan must be a function, got object'],
    ['mcpTools', [{}], 'pass a client of an MCP server'],
    ['toAgUiEvents', [{}], 'threadId and runId must be strings'],
    ['fromBedrock', [() => NEVER, { signal: 'x' }], 'signal must be an AbortSignal'],
    ['toUIMessageStream', [{ messageMetadata: {} }], 'messageMetadata must be a function, got object'],
    ['toUIMessageStreamResponse', [NEVER, { describeError: 'x' }], "describeError must be a function, got 'x'"],
    ['conversation', [{ request: () => NEVER, history: {} }], 'history must be an array of messages'],
    ['conversation', [{ request: () => NEVER, history: ['Hi'] }], 'history must be an array of messages'],
  ])('%s(%j): %s', (name, args, problem) => {
    expect(() => call(name, ...args)).toThrow(TypeError);
    expect(() => call(name, ...args)).toThrow(new RegExp(`^${name}: `));
    expect(() => call(name, ...args)).toThrow(problem);
  });

  it.each<[string, readonly unknown[], string]>([
    ['retryOnConnectionError', [{ maxRetries: '3' }], "maxRetries must be a number of at least 0, got '3'"],
    ['retryOnConnectionError', [{ jitter: '0.5' }], "jitter must be a number from 0 to 1, got '0.5'"],
    ['bufferByLine', [{ maxLength: '80' }], "maxLength must be a number of at least 2, got '80'"],
    ['bufferByMarkdownBlock', [{ maxLength: '80' }], "maxLength must be a number of at least 2, got '80'"],
    ['shareMessage', [{ graceMs: '' }], "graceMs must be a number of at least 0, got ''"],
    ['coalesceDeltas', [{ everyMs: '16' }], "everyMs must be a number of at least 1, got '16'"],
    ['coalesceText', [{ everyMs: '16' }], "everyMs must be a number of at least 1, got '16'"],
    ['auditFrame', [{ everyMs: '16' }], "everyMs must be a number of at least 1, got '16'"],
    ['smoothText', [{ delayMs: '20' }], "delayMs must be a number of at least 1, got '20'"],
    ['idleTimeout', [{ idleMs: '5000' }], "idleMs must be a number of milliseconds greater than 0, got '5000'"],
    ['streamMessage', [params, { apiKey: 'k', timeout: { idleMs: NaN } }], 'greater than 0, got NaN'],
    [
      'runTools',
      [params, { apiKey: 'k', tools: [], maxTurns: '5' }],
      "maxTurns must be a number of at least 1, got '5'",
    ],
    [
      'pipeUIMessageStreamToResponse',
      [{}, { heartbeatMs: '5' }],
      "heartbeatMs must be a number of at least 1, got '5'",
    ],
    ['conversation', [{ request: () => NEVER, maxTurns: '5' }], "maxTurns must be a number of at least 1, got '5'"],
  ])('quotes a string where a number is expected: %s(%j)', (name, args, problem) => {
    expect(() => call(name, ...args)).toThrow(RangeError);
    expect(() => call(name, ...args)).toThrow(problem);
  });

  it('accepts undefined for every option, which counts as not given', () => {
    const none = { signal: undefined, timeout: undefined, onResponse: undefined, betas: undefined, headers: undefined };

    expect(() => call('streamMessage', params, { apiKey: 'k', ...none })).not.toThrow();
    expect(() => call('retryOnConnectionError', { signal: undefined, onRetry: undefined })).not.toThrow();
    expect(() => call('bufferByPunctuation', { marks: undefined })).not.toThrow();
    expect(() => call('bufferByWord', { locale: undefined, maxLength: undefined })).not.toThrow();
    expect(() => call('messageState', { abort: undefined })).not.toThrow();
    expect(() => call('coalesceDeltas', { everyMs: undefined, scheduler: undefined })).not.toThrow();
    expect(() => call('smoothText', { charactersPerSecond: undefined, delayMs: undefined })).not.toThrow();
  });
});
