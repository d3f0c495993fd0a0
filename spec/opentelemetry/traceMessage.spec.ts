import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { concat, defer, EMPTY, from, NEVER, of, take, throwError, VirtualTimeScheduler, type Observable } from 'rxjs';
import { OverloadedError, finalText, type AnyEvent } from 'rxjs-anthropic';
import { traceMessage, type TraceMessageOptions } from 'rxjs-anthropic/opentelemetry';
import { buildMessage, errorEvent, eventsOf, textBlock, thinkingBlock, toolUseBlock } from 'rxjs-anthropic/testing';
import { faultyStreams } from '../resilience/support/faultyStreams.js';
import { outcomeOf } from '../source/support/outcome.js';
import { messageStart, restart, textDelta } from '../support/events.js';
import { useTelemetry } from './support/telemetry.js';

const telemetry = useTelemetry();
const params = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  temperature: 0.5,
  stop_sequences: ['END'],
  system: 'Be brief.',
  messages: [{ role: 'user' as const, content: 'SECRET question' }],
};
const usage = { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 300, cache_creation_input_tokens: 4000 };
const message = buildMessage({
  id: 'msg_1',
  model: 'claude-opus-5-5-20260901',
  content: [thinkingBlock('SECRET thought'), textBlock('SECRET answer'), toolUseBlock('get', { a: 'SECRET' })],
  stop_reason: 'tool_use',
  usage,
});
const events = eventsOf(message);

const run = (source: Observable<AnyEvent>, options: Omit<TraceMessageOptions, 'tracer' | 'meter'> = { params }) =>
  outcomeOf(source.pipe(traceMessage({ tracer: telemetry().tracer, meter: telemetry().meter, ...options })));

it('records a span with the attributes of the conventions, and passes the events through', async () => {
  const { values, ended } = await run(from(events));
  const { span } = telemetry();

  expect(ended).toBe('completed');
  expect(values).toEqual(events);
  expect(span.name).toBe('chat claude-opus-5-5');
  expect(span.kind).toBe(SpanKind.CLIENT);
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-opus-5-5',
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': 1024,
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.stop_sequences': ['END'],
    'gen_ai.response.id': 'msg_1',
    'gen_ai.response.model': 'claude-opus-5-5-20260901',
    'gen_ai.response.finish_reasons': ['tool_use'],
    'gen_ai.response.time_to_first_chunk': expect.any(Number) as unknown,
    'gen_ai.usage.input_tokens': 4310,
    'gen_ai.usage.output_tokens': 20,
    'gen_ai.usage.cache_read.input_tokens': 300,
    'gen_ai.usage.cache_write.input_tokens': 4000,
  });
});

it('has no content, and no messages of errors, unless it is told to capture them', async () => {
  const failing = concat(
    from(events.slice(0, 9)),
    throwError(() => new Error('SECRET error')),
  );
  await run(from(events));
  await run(failing);

  expect(
    JSON.stringify(telemetry().spans.map(({ attributes, events, status }) => [attributes, events, status])),
  ).not.toContain('SECRET');
  expect(JSON.stringify(await telemetry().points())).not.toContain('SECRET');

  await run(failing, { params, captureContent: true });
  await run(from(events), { params, captureContent: true });
  const [failed, complete] = telemetry().spans.slice(2);

  expect(failed?.status.message).toBe('SECRET error');
  expect(JSON.parse(String(complete?.attributes['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'SECRET question' }] },
  ]);
  expect(complete?.attributes['gen_ai.system_instructions']).toBe('[{"type":"text","content":"Be brief."}]');
  expect(JSON.parse(String(complete?.attributes['gen_ai.output.messages']))).toMatchObject([
    {
      role: 'assistant',
      finish_reason: 'tool_use',
      parts: [
        { type: 'reasoning', content: 'SECRET thought' },
        { type: 'text', content: 'SECRET answer' },
        { type: 'tool_call', name: 'get', arguments: { a: 'SECRET' } },
      ],
    },
  ]);
});

it.each([
  ['overloaded_error', new OverloadedError('x', { status: 529, type: 'overloaded_error', phase: 'connect' })],
  ['TypeError', new TypeError('x')],
  ['_OTHER', 'thrown'],
])('ends with an error of the class %s', async (type, error) => {
  const { error: seen } = await run(
    concat(
      from(events.slice(0, 3)),
      throwError(() => error),
    ),
  );
  const { span } = telemetry();

  expect(seen).toBe(error);
  expect(span.status.code).toBe(SpanStatusCode.ERROR);
  expect(span.attributes['error.type']).toBe(type);
  expect(span.attributes['gen_ai.response.finish_reasons']).toEqual(['error']);
});

it('ends when the consumer unsubscribes, which is no error, but not a finished message', () => {
  const source = concat(from(events.slice(0, 4)), NEVER).pipe(traceMessage({ tracer: telemetry().tracer, params }));
  source.subscribe().unsubscribe();
  const { span } = telemetry();

  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.events.map(({ name }) => name)).toEqual(['unsubscribed']);
  expect(span.attributes['gen_ai.response.finish_reasons']).toEqual(['error']);
});

it('is complete if the consumer unsubscribes after the complete message', async () => {
  const traced = concat(from(events), NEVER).pipe(traceMessage({ tracer: telemetry().tracer, params }));
  await outcomeOf(traced.pipe(take(events.length)));
  await outcomeOf(concat(from(events), EMPTY).pipe(traceMessage({ tracer: telemetry().tracer, params }), finalText()));

  expect(telemetry().spans.map(({ attributes }) => attributes['gen_ai.response.finish_reasons'])).toEqual([
    ['tool_use'],
    ['tool_use'],
  ]);
});

it('covers all attempts, with an event for each restart and each continuation', async () => {
  const attempt = { attempt: 2, delayMs: 500, error: errorEvent('overloaded_error', 'x') };
  const first = [messageStart({ usage }), textDelta('SECRET')];
  await run(
    from([
      ...first,
      restart(attempt),
      ...events.slice(0, 5),
      { type: 'message_reconnect', ...attempt, attempt: 3 },
      ...events.slice(5),
    ]),
  );
  const { span } = telemetry();

  expect(span.events.map(({ name, attributes }) => ({ name, ...attributes }))).toEqual([
    { name: 'message_restart', attempt: 2, delay_ms: 500, 'error.type': 'overloaded_error' },
    { name: 'message_reconnect', attempt: 3, delay_ms: 500, 'error.type': 'overloaded_error' },
  ]);
  expect(span.attributes['gen_ai.usage.input_tokens']).toBe(2 * 4310); // the first attempt is billed too
});

it('records metrics: durations, and counters of tokens', async () => {
  const clock = new VirtualTimeScheduler();
  const at = (ms: number, event: AnyEvent) =>
    defer(() => {
      clock.frame = ms;
      return of(event);
    });
  const times = [100, 1000, 1500, 1750];
  const timed = concat(
    ...[messageStart({ usage, model: 'm' }), textDelta('a'), textDelta('b'), textDelta('c')].map((event, i) =>
      at(times[i] ?? 0, event),
    ),
    from(events.slice(-2)),
  );
  await run(timed, { params, scheduler: clock });
  const points = await telemetry().points();
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': params.model,
    'gen_ai.response.model': 'm',
  };
  const input = { ...attributes, 'gen_ai.token.modality': 'unknown' }; // the API does not say which are of images
  const output = { ...attributes, 'gen_ai.token.modality': 'text' };

  expect(points).toEqual({
    'gen_ai.client.inference.duration': [{ attributes, sum: 1.75, count: 1 }],
    'gen_ai.client.inference.time_to_first_chunk': [{ attributes, sum: 1, count: 1 }],
    'gen_ai.client.inference.time_per_output_chunk': [{ attributes, sum: 0.75, count: 2 }],
    'gen_ai.client.inference.usage.input_tokens': [{ attributes: input, sum: 4310, count: undefined }],
    'gen_ai.client.inference.usage.output_tokens': [{ attributes: output, sum: 20, count: undefined }],
    'gen_ai.client.inference.usage.cache_read.input_tokens': [{ attributes: input, sum: 300, count: undefined }],
    'gen_ai.client.inference.usage.cache_write.input_tokens': [{ attributes: input, sum: 4000, count: undefined }],
  });
  expect(telemetry().span.attributes['gen_ai.response.time_to_first_chunk']).toBe(1);
});

it('has the names of version 1.41 if the option says so', async () => {
  await run(from(events), { params, conventions: '1.41' });
  const points = await telemetry().points();

  expect(Object.keys(points).sort()).toEqual([
    'gen_ai.client.operation.duration',
    'gen_ai.client.operation.time_per_output_chunk',
    'gen_ai.client.operation.time_to_first_chunk',
    'gen_ai.client.token.usage',
  ]);
  expect(
    points['gen_ai.client.token.usage']?.map(({ attributes, sum }) => [attributes['gen_ai.token.type'], sum]),
  ).toEqual([
    ['input', 4310],
    ['output', 20],
  ]);
  expect(telemetry().span.attributes).toMatchObject({ 'gen_ai.usage.cache_creation.input_tokens': 4000 });
});

it('learns the model from the message if it has no parameters', async () => {
  await run(from(events), { attributes: { tenant: 't' }, provider: 'aws.bedrock' });

  expect(telemetry().span.name).toBe('chat claude-opus-5-5-20260901');
  expect(telemetry().span.attributes).toMatchObject({ tenant: 't', 'gen_ai.provider.name': 'aws.bedrock' });
});

it('subscribes to the source in the context of the span, whose parent is the current span', async () => {
  const { tracer } = telemetry();
  const source = defer(() => {
    tracer.startSpan('POST').end(); // as an instrumentation of fetch does for each attempt
    return from(events);
  });
  await tracer.startActiveSpan('handler', async (handler) => {
    await run(source);
    handler.end();
  });
  const [request, chat, handler] = telemetry().spans;

  expect([request?.name, chat?.name, handler?.name]).toEqual(['POST', 'chat claude-opus-5-5', 'handler']);
  expect(request?.parentSpanContext?.spanId).toBe(chat?.spanContext().spanId);
  expect(chat?.parentSpanContext?.spanId).toBe(handler?.spanContext().spanId);
  expect(trace.getActiveSpan()).toBeUndefined();
});

it('ends exactly one span for each stream, with its finish reason only if it is complete, whatever fails', async () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const wrong: string[] = [];
  let before = 0;
  for (const { name, stream$, answer } of faultyStreams('none', 'restart', 'continue')) {
    const { ended } = await run(stream$);
    const [span, ...others] = telemetry().spans.slice(before);
    before = telemetry().spans.length;
    const expected = ended === 'completed' ? answer.message.stop_reason : 'error';
    if (others.length > 0 || String(span?.attributes['gen_ai.response.finish_reasons']) !== expected) wrong.push(name);
    if ((span?.status.code === SpanStatusCode.ERROR) !== (ended === 'failed')) wrong.push(`${name}: status`);
  }
  Error.stackTraceLimit = stackTraceLimit;

  expect(wrong).toEqual([]);
  expect(before).toBeGreaterThan(500);
});

it('checks its options at call time', () => {
  expect(() => traceMessage({})).toThrow('traceMessage: pass a tracer, a meter, or both.');
  expect(() => traceMessage({ tracer: {} as never })).toThrow('traceMessage: tracer.startSpan must be a function');
  expect(() => traceMessage({ tracer: telemetry().tracer, conventions: '1.0' as never })).toThrow(
    "conventions must be one of 'genai-0.1', '1.41'",
  );
});
