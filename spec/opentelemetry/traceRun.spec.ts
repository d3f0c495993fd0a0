import { SpanStatusCode, trace } from '@opentelemetry/api';
import { concat, NEVER, of, Subject, throwError, type Observable } from 'rxjs';
import { runTools, type RunToolsEvent, type Tool, type ToolOutput } from 'rxjs-anthropic';
import { traceRun, type TraceRunOptions } from 'rxjs-anthropic/opentelemetry';
import { toolUseBlock } from 'rxjs-anthropic/testing';
import { outcomeOf, settle } from '../source/support/outcome.js';
import { messageStart } from '../support/events.js';
import { tool } from '../tools/support/run.js';
import { Answers, params } from '../tools/support/turns.js';
import { summaryOf, useTelemetry } from './support/telemetry.js';

const telemetry = useTelemetry();
const turns = () =>
  new Answers(
    { content: [toolUseBlock('get', { q: 'SECRET' }, { id: 'toolu_1' })], stop_reason: 'tool_use' },
    { content: 'Done.' },
  );

function traced(tools: readonly Tool[], answers = turns(), options: TraceRunOptions = {}): Observable<RunToolsEvent> {
  const { tracer, meter } = telemetry();
  return traceRun({ tracer, meter, agent: 'concierge', ...options }, (prepare) =>
    runTools(params, prepare({ apiKey: 'k', tools, request: answers.request })),
  );
}

it('records a span for the run, and within it one for each message and each tool', async () => {
  let active: string | undefined;
  const get = tool('get', () => {
    active = trace.getActiveSpan()?.spanContext().spanId;
    return 'SECRET result';
  });
  const { values, ended } = await outcomeOf(traced([get]));
  const [first, execute, second, run] = telemetry().spans;
  const points = await telemetry().points();

  expect(ended).toBe('completed');
  expect(values.at(-1)).toMatchObject({ type: 'run_end', turns: 2 });
  expect([first, execute, second, run].map((span) => span && summaryOf(span)).sort()).toEqual([
    'chat claude-opus-5-5',
    'chat claude-opus-5-5',
    'execute_tool get',
    'invoke_agent concierge',
  ]);
  const agent = telemetry().spans.find(({ name }) => name.startsWith('invoke_agent'));
  const others = telemetry().spans.filter((span) => span !== agent);
  expect(others.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
    Array(3).fill(agent?.spanContext().spanId),
  );
  const toolSpan = others.find(({ name }) => name.startsWith('execute_tool'));
  expect(active).toBe(toolSpan?.spanContext().spanId);
  expect(toolSpan?.attributes).toEqual({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'get',
    'gen_ai.tool.call.id': 'toolu_1',
    'gen_ai.tool.type': 'function',
  });
  expect(agent?.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'concierge',
    'gen_ai.response.finish_reasons': ['end_turn'],
    'gen_ai.usage.output_tokens': expect.any(Number) as unknown,
  });
  expect(JSON.stringify(telemetry().spans.map(({ attributes, events }) => [attributes, events]))).not.toContain(
    'SECRET',
  );
  expect(points['gen_ai.execute_tool.duration']).toMatchObject([
    { attributes: { 'gen_ai.tool.name': 'get' }, count: 1 },
  ]);
  expect(points['gen_ai.invoke_agent.inference_calls']).toMatchObject([{ sum: 2 }]);
  expect(points['gen_ai.invoke_agent.tool_calls']).toMatchObject([{ sum: 1 }]);
});

const failed = new RangeError('SECRET failure');

it.each<[string, () => ToolOutput, string]>([
  ['a value', () => ({ a: 1 }), 'execute_tool get'],
  ['a promise', () => Promise.resolve('x'), 'execute_tool get'],
  ['an Observable', () => of(1, 2), 'execute_tool get'],
  ['a promise of an Observable', () => Promise.resolve(of(1)), 'execute_tool get'],
  ['an async generator', async function* () { yield 1; await Promise.resolve(); return 2; }, 'execute_tool get'], // prettier-ignore
  ['a generator', function* () { yield 1; }, 'execute_tool get'], // prettier-ignore
  ['a thrown error', () => { throw failed; }, 'execute_tool get failed: RangeError'], // prettier-ignore
  ['an Error', () => failed, 'execute_tool get failed: RangeError'],
  ['a rejected promise', () => Promise.reject(failed), 'execute_tool get failed: RangeError'],
  ['an Observable that fails', () => throwError(() => failed), 'execute_tool get failed: RangeError'],
  ['a generator that throws', async function* () { yield 1; await Promise.resolve(); throw failed; }, 'execute_tool get failed: RangeError'], // prettier-ignore
])('follows a tool that returns %s, without changing the run', async (_, output, expected) => {
  const typesOf = async (run$: Observable<RunToolsEvent>) =>
    (await outcomeOf(run$)).values.filter(({ type }) => /^(tool|run)_/.test(type));
  const untraced = await typesOf(
    runTools(params, { apiKey: 'k', tools: [tool('get', output)], request: turns().request }),
  );
  const seen = await typesOf(traced([tool('get', output)]));

  expect(seen).toEqual(untraced);
  expect(
    telemetry()
      .spans.map(summaryOf)
      .filter((name) => name.startsWith('execute_tool')),
  ).toEqual([expected]);
});

it('captures the arguments and the result of a tool if it is told to', async () => {
  await outcomeOf(traced([tool('get', () => ({ a: 1 }))], turns(), { captureContent: true }));
  const span = telemetry().spans.find(({ name }) => name === 'execute_tool get');

  expect(span?.attributes).toMatchObject({
    'gen_ai.tool.call.arguments': '{"q":"SECRET"}',
    'gen_ai.tool.call.result': '{"a":1}',
  });
});

it('ends all spans when the run is unsubscribed from, also that of a tool that is running', async () => {
  const subscription = traced([tool('get', () => NEVER)]).subscribe();
  await settle();

  expect(telemetry().spans.map(summaryOf)).toEqual(['chat claude-opus-5-5']);

  subscription.unsubscribe();

  expect(telemetry().spans.map(summaryOf).sort()).toEqual([
    'chat claude-opus-5-5',
    'execute_tool get',
    'invoke_agent concierge',
  ]);
  expect(telemetry().spans.find(({ name }) => name === 'execute_tool get')?.attributes['error.type']).toBe('aborted');
});

it('ends all spans when a request fails', async () => {
  const answers = new Answers(
    concat(
      of(messageStart()),
      throwError(() => failed),
    ),
  );
  const { error } = await outcomeOf(traced([], answers));

  expect(error).toBe(failed);
  expect(telemetry().spans.map(summaryOf)).toEqual([
    'chat claude-opus-5-5 failed: RangeError',
    'invoke_agent concierge failed: RangeError',
  ]);
  expect(
    telemetry().spans.every(({ status }) => status.code === SpanStatusCode.ERROR && status.message === undefined),
  ).toBe(true);
});

it('creates a run for each subscription, and checks its arguments at call time', () => {
  const { tracer } = telemetry();
  let runs = 0;
  const run$ = traceRun({ tracer }, () => {
    runs += 1;
    return new Subject<RunToolsEvent>();
  });
  run$.subscribe().unsubscribe();
  run$.subscribe().unsubscribe();

  expect(runs).toBe(2);
  expect(telemetry().spans.map(({ name }) => name)).toEqual(['invoke_agent', 'invoke_agent']);
  expect(() => traceRun({}, () => NEVER)).toThrow('traceRun: pass a tracer, a meter, or both.');
  expect(() => traceRun({ tracer }, {} as never)).toThrow('traceRun: create must be a function');
});
