import { context, SpanKind, type Attributes } from '@opentelemetry/api';
import { Observable } from 'rxjs';
import { transform } from '../rx/transform.js';
import { streamMessage } from '../source/streamMessage.js';
import type { RunToolsOptions } from '../tools/runOptions.js';
import type { RunToolsEvent } from '../tools/toolEvents.js';
import { Instruments } from './instruments.js';
import { errorTypeOf, OpenSpan } from './openSpan.js';
import { defined, tokenAttributes, tokenCountsOf } from './tokenCounts.js';
import { traceMessage } from './traceMessage.js';
import { expectTraceOptions, type TraceOptions } from './traceOptions.js';
import { traceTool } from './traceTool.js';
import { expectFunction } from '../utils/options.js';

export interface TraceRunOptions extends TraceOptions {
  /** The name of the agent, for the span `invoke_agent {name}`. Default: none. */
  readonly agent?: string | undefined;
}

/** Returns the options of a run whose requests and tools are recorded. */
export type TraceRunDecorator = (options: RunToolsOptions) => RunToolsOptions;

/**
 * Records the spans and metrics of a run: `invoke_agent {agent}` around it, and within it `chat {model}` for each message and
 * `execute_tool {name}` for each tool that is run.
 *
 *     traceRun({ tracer }, (traced) => runTools(params, traced({ tools })))
 *     the spans        invoke_agent ------------------------------
 *                        chat -------    execute_tool ---   chat ------
 *
 * The spans end when the run completes, pauses or fails, and when it is unsubscribed from. Events, completion and errors pass
 * through unchanged.
 *
 * @param options - The options of {@link traceMessage}, except `params`, and the name of the `agent`.
 * @param create - Creates the run, with {@link runTools} or {@link resumeRun}. Called once per subscription, with a
 * function that prepares the options of the run.
 * @returns The events of the run.
 * @throws {TypeError} At call time, if there is neither a tracer nor a meter, or if `create` is not a function.
 * @example
 * import { metrics, trace } from '@opentelemetry/api';
 *
 * const tracer = trace.getTracer('my-service');
 * const meter = metrics.getMeter('my-service');
 * traceRun({ tracer, meter, agent: 'concierge' }, (traced) => runTools(params, traced({ tools })));
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export function traceRun(
  options: TraceRunOptions,
  create: (traced: TraceRunDecorator) => Observable<RunToolsEvent>,
): Observable<RunToolsEvent> {
  expectTraceOptions('traceRun', options);
  expectFunction('traceRun', 'create', create);
  const instruments = new Instruments(options);
  return new Observable<RunToolsEvent>((subscriber) => {
    const run = new RunTrace(options, instruments);
    subscriber.add(() => {
      run.complete();
    });
    const parent = run.span.context;
    const traced: TraceRunDecorator = (given) => ({
      ...given,
      tools: given.tools.map((tool) => traceTool(tool, options, instruments, parent)),
      request: (params, about) => {
        const request = given.request?.bind(given) ?? ((next) => streamMessage(next, given));
        const message$ = context.with(parent, () => request(params, about));
        const traced$ = message$.pipe(traceMessage({ ...options, params }));
        return new Observable((output) => {
          context.with(parent, () => traced$.subscribe(output));
        });
      },
    });
    context.with(parent, () =>
      create(traced)
        .pipe(
          transform<RunToolsEvent, RunToolsEvent>((output) => ({
            next(event) {
              run.add(event);
              output.next(event);
            },
            complete() {
              run.complete();
            },
            error(error) {
              run.fail(error);
            },
          })),
        )
        .subscribe(subscriber),
    );
  });
}

/** The span and the metrics of one run. */
class RunTrace {
  readonly span: OpenSpan;
  readonly #options: TraceRunOptions;
  readonly #instruments: Instruments;
  readonly #start: number;
  readonly #base: Attributes;
  #end: Attributes = {};
  #messages = 0;
  #tools = 0;

  constructor(options: TraceRunOptions, instruments: Instruments) {
    const { agent } = options;
    this.#options = options;
    this.#instruments = instruments;
    this.#start = instruments.now();
    this.#base = defined({ 'gen_ai.agent.name': agent });
    const own = { 'gen_ai.operation.name': 'invoke_agent', ...this.#base };
    const name = agent === undefined ? 'invoke_agent' : `invoke_agent ${agent}`;
    this.span = new OpenSpan(options, name, SpanKind.INTERNAL, own);
  }

  add(event: RunToolsEvent): void {
    if (event.type === 'message_start') this.#messages += 1;
    else if (event.type === 'tool_result') this.#tools += 1;
    else if (event.type === 'run_paused') this.#end = { 'gen_ai.response.finish_reasons': ['paused'] };
    else if (event.type === 'run_end') {
      this.#end = {
        'gen_ai.response.finish_reasons': [event.reason ?? 'error'],
        ...tokenAttributes(tokenCountsOf(event.usage), this.#options.conventions),
      };
    }
  }

  complete(): void {
    this.#record({});
    this.span.end(this.#end);
  }

  fail(error: unknown): void {
    this.#record({ 'error.type': errorTypeOf(error) });
    this.span.fail(error, this.#end);
  }

  #record(more: Attributes): void {
    if (!this.span.isOpen) return;
    const attributes = { ...this.#base, ...more };
    this.#instruments.recordDuration('run', this.#instruments.now() - this.#start, attributes);
    this.#instruments.recordCalls(this.#messages, this.#tools, this.#base);
  }
}
