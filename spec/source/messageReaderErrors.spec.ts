import {
  accumulateMessage,
  continueOnConnectionError,
  finalText,
  fromResponse,
  isRetryable,
  retryOnConnectionError,
} from '../../src/index.js';
import { MessageReader } from '../../src/source/messageReader.js';
import { blockStart, blockStop, messageDelta, messageStart, messageStop, textDelta } from '../support/events.js';
import { sseOf } from '../../src/testing/index.js';
import { eventStream } from './support/bodies.js';
import { errorOf } from './support/outcome.js';

const open = [messageStart(), blockStart(0, { type: 'text', text: '' })];
const half = [...open, textDelta('Half an')];
const rest = [blockStop(), messageDelta(), messageStop];

/** Returns the error of a frame that comes after the start of a message. */
function errorOfFrame(event: string | undefined, data: string, unterminated?: true): unknown {
  const reader = new MessageReader(() => undefined);
  for (const one of open) reader.readEvent(one);
  try {
    reader.readServerSentEvent({ event, data, ...(unterminated && { unterminated }) });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('an error that arrives as an event', () => {
  describe('of the name error', () => {
    it.each<[string, string, number | undefined, string]>([
      ['{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}', 'OverloadedError', 529, 'Busy'],
      ['{"error":{"type":"overloaded_error","message":"Busy"}}', 'OverloadedError', 529, 'Busy'],
      ['{"type":"invalid_request_error","message":"prompt is too long"}', 'BadRequestError', 400, 'prompt is too long'],
      [
        '{"object":"error","message":"Invalid request","type":"BAD_REQUEST","code":400}',
        'BadRequestError',
        400,
        'Invalid request',
      ],
      ['{"error":{"message":"Slow","type":"tokens","code":"429"}}', 'RateLimitError', 429, 'Slow'],
      ['{"error":{"code":503,"message":"Down","status":"UNAVAILABLE"}}', 'ServiceUnavailableError', 503, 'Down'],
      ['[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]', 'RateLimitError', 429, 'Quota'],
      ['{"error":"Claude API error","status":429}', 'RateLimitError', 429, 'Claude API error'],
      ['{"error":"Claude API error","status":"529"}', 'OverloadedError', 529, 'Claude API error'],
      ['{"statusCode":502,"message":"Bad Gateway"}', 'InternalServerError', 502, 'Bad Gateway'],
      ['{"error":{"error":{"type":"rate_limit_error","message":"Slow"}}}', 'RateLimitError', 429, 'Slow'],
      ['{"error":{"type":"error","error":{"type":"api_error","message":"x"}}}', 'InternalServerError', 500, 'x'],
      ['{"type":"ping","message":"no ping"}', 'APIStatusError', undefined, 'no ping'],
      ['{"error":{"code":10000,"message":"not a status"}}', 'APIStatusError', undefined, 'not a status'],
      ['{"message":"boom","details":{}}', 'APIStatusError', undefined, 'boom'],
      ['529 overloaded_error: Busy', 'OverloadedError', 529, 'Busy'],
      ['"400 prompt is too long"', 'BadRequestError', 400, 'prompt is too long'],
      ['429', 'RateLimitError', 429, '429'],
    ])('%s', (data, name, status, explanation) => {
      const error = errorOfFrame('error', data);

      expect(error).toMatchObject({ name, status, phase: 'before-content' });
      expect(String(error)).toContain(explanation);
      expect(isRetryable(error)).toBe(status !== undefined && (status === 429 || status >= 500));
    });

    it.each<[string, string]>([
      ['Internal server error', ': Internal server error'],
      ['"Internal server error"', ': Internal server error'],
      ['{"message":"boom"}', ': boom'],
      ['{"error":"boom"}', ': boom'],
      ['upstream connect error or disconnect', ': upstream connect error or disconnect'],
      ['{"type":"err', ': {"type":"err'],
      ['[DONE]', ': [DONE]'],
      ['', ' without giving a reason'],
      ['   ', ' without giving a reason'],
      ['""', ' without giving a reason'],
      ['{}', ': {}'],
      ['[]', ': []'],
      ['null', ': null'],
    ])('%j is a failure of the service behind the stream', (data, reason) => {
      const error = errorOfFrame('error', data);

      expect(error).toMatchObject({
        name: 'APIConnectionError',
        phase: 'before-content',
        retryable: true,
        message: `The service behind the stream failed${reason}. Try again later.`,
      });
    });

    it.each([
      ['Error', '{"error":{"type":"overloaded_error","message":"Busy"}}'],
      ['ERROR', '529 Busy'],
      [undefined, '{"type":"Error","error":{"type":"overloaded_error","message":"Busy"}}'],
    ])('is an error in any case: %s, %s', (event, data) => {
      expect(errorOfFrame(event, data)).toMatchObject({ name: 'OverloadedError', status: 529 });
    });

    it('is an error even if the bytes ended inside it', () => {
      expect(errorOfFrame('error', '{"type":"err', true)).toMatchObject({ name: 'APIConnectionError' });
    });
  });

  describe('of any other name, or of none', () => {
    it.each<[string, string, number]>([
      ['{"error":{"type":"overloaded_error","message":"Overloaded"}}', 'OverloadedError', 529],
      ['{"error":"Claude API error","status":429}', 'RateLimitError', 429],
      ['{"object":"error","message":"Invalid request","type":"BAD_REQUEST","code":400}', 'BadRequestError', 400],
      ['{"type":"invalid_request_error","message":"prompt is too long"}', 'BadRequestError', 400],
      ['{"type":"error","error":{"type":"api_error","message":"x"}}', 'InternalServerError', 500],
      ['{"id":"gen-1","error":{"code":502,"message":"Provider returned error"}}', 'InternalServerError', 502],
      ['{"type":null,"error":{"message":"x","code":"500"}}', 'InternalServerError', 500],
    ])('%s', (data, name, status) => {
      for (const event of [undefined, 'message', 'message_delta', 'ping', 'completion', 'exception']) {
        expect(errorOfFrame(event, data)).toMatchObject({ name, status });
      }
    });

    it.each(['{"error":null}', '{"usage":{}}'])('%s is not an error if a gateway names it', (data) => {
      expect(errorOfFrame('stats', data)).toBeUndefined();
    });

    it('is not what an event of an unknown type carries', () => {
      expect(errorOfFrame(undefined, '{"type":"new_event","error":{"type":"api_error"}}')).toBeUndefined();
    });
  });

  it.each([
    ['{"object":"error","message":"Invalid request","type":"BAD_REQUEST","code":400}', 'BadRequestError'],
    ['Internal server error', 'APIConnectionError'],
  ])('never ends a half message as a success: %s', async (data, name) => {
    const body = `${sseOf(half)}event: error\ndata: ${data}\n\n${sseOf(rest)}`;

    expect(await errorOf(fromResponse(eventStream(body)).pipe(finalText()))).toMatchObject({
      name,
      phase: 'mid-content',
      partial: { content: [{ type: 'text', text: 'Half an' }] },
    });
  });

  it.each([
    ['{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}', 'OverloadedError'],
    ['Internal server error', 'APIConnectionError'],
  ])(
    'after message_stop passes on with the complete message, and nothing is requested again: %s',
    async (data, name) => {
      let requests = 0;
      const source = fromResponse(() => {
        requests += 1;
        return eventStream(`${sseOf([...half, ...rest])}event: error\ndata: ${data}\n\n`);
      });
      const immediately = { initialDelayMs: 0, whenStarted: 'restart' } as const;
      const results = [
        source.pipe(retryOnConnectionError(immediately), accumulateMessage()),
        source.pipe(continueOnConnectionError({ ...immediately, continueWith: () => source }), accumulateMessage()),
      ];

      for (const result of results) {
        requests = 0;

        expect(await errorOf(result)).toMatchObject({
          name,
          partial: { content: [{ type: 'text', text: 'Half an' }], stop_reason: 'end_turn' },
        });
        expect(requests).toBe(1);
      }
    },
  );
});
