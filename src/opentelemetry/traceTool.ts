import { context, SpanKind, type Context } from '@opentelemetry/api';
import { isObservable, tap } from 'rxjs';
import { isPromiseLike } from '../rx/toObservable.js';
import type { Tool, ToolContext, ToolOutput } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';
import { readPath } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';
import type { Instruments } from './instruments.js';
import { errorTypeOf, OpenSpan } from './openSpan.js';
import { defined } from './tokenCounts.js';
import type { TraceOptions } from './traceOptions.js';

/** Returns a tool whose runs are recorded as spans `execute_tool {name}`, in the context of the run. */
export function traceTool<Each extends Tool | Toolset>(
  tool: Each,
  options: TraceOptions,
  instruments: Instruments,
  parent: Context,
): Each {
  return {
    ...tool,
    run: (input: never, call: ToolContext): ToolOutput => {
      const trace = new ToolTrace(options, instruments, call, input, parent);
      return context.with(trace.context, () => trace.follow(() => tool.run(input, call)));
    },
  };
}

/** The span of one call. */
class ToolTrace {
  readonly #span: OpenSpan;
  readonly #instruments: Instruments;
  readonly #capturesContent: boolean;
  readonly #name: string;
  readonly #start: number;

  constructor(options: TraceOptions, instruments: Instruments, call: ToolContext, input: unknown, parent: Context) {
    const { captureContent = false } = options;
    this.#instruments = instruments;
    this.#capturesContent = captureContent;
    this.#name = call.name;
    this.#start = instruments.now();
    const own = defined({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': call.name,
      'gen_ai.tool.call.id': call.id,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.arguments': captureContent ? safeStringify(input) : undefined,
    });
    this.#span = new OpenSpan(options, `execute_tool ${call.name}`, SpanKind.INTERNAL, own, parent);
    // The result is no longer needed: the run was unsubscribed from or failed.
    call.signal.addEventListener(
      'abort',
      () => {
        this.#end(undefined, 'aborted');
      },
      { once: true },
    );
  }

  get context(): Context {
    return this.#span.context;
  }

  /** Calls the tool, and follows what it returns until it has ended. */
  follow(run: () => ToolOutput): ToolOutput {
    try {
      return this.#followOutput(run());
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #followOutput(output: ToolOutput): ToolOutput {
    if (isPromiseLike(output)) {
      return output.then(
        (value) => this.#followOutput(value),
        (error: unknown) => {
          this.#fail(error);
          throw error;
        },
      );
    }
    if (isObservable(output)) {
      let last: unknown;
      return output.pipe(
        tap({
          next: (value) => (last = value),
          error: (error: unknown) => {
            this.#fail(error);
          },
          complete: () => {
            this.#end(last);
          },
        }),
      );
    }
    if (isIteration(output)) return this.#followIteration(output);
    if (output instanceof Error) this.#fail(output);
    else this.#end(output);
    return output;
  }

  async *#followIteration(output: Iteration): AsyncGenerator<unknown, unknown> {
    try {
      const last: unknown = yield* output;
      this.#end(last);
      return last;
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#end(undefined, 'aborted');
    }
  }

  #end(result: unknown, errorType?: string): void {
    if (!this.#span.isOpen) return;
    this.#record(errorType);
    this.#span.end(
      defined({
        'gen_ai.tool.call.result': this.#capturesContent ? safeStringify(result) : undefined,
        'error.type': errorType,
      }),
    );
  }

  #fail(error: unknown): void {
    if (!this.#span.isOpen) return;
    this.#record(errorTypeOf(error));
    this.#span.fail(error, {});
  }

  #record(errorType: string | undefined): void {
    const attributes = defined({ 'gen_ai.tool.name': this.#name, 'error.type': errorType });
    this.#instruments.recordDuration('tool', this.#instruments.now() - this.#start, attributes);
  }
}

type Iteration = AsyncIterable<unknown, unknown> | Generator;

/** Whether the values of an output are progress: those of a generator or of an async iterable, but not of a stream. */
function isIteration(output: unknown): output is Iteration {
  if (Object.prototype.toString.call(output) === '[object Generator]') return true;
  if (typeof output !== 'object' || output === null || !(Symbol.asyncIterator in output)) return false;
  return ['getReader', 'pipe'].every((name) => readPath(output, name) === undefined);
}
