import { asapScheduler, catchError, defaultIfEmpty, defer, finalize, from, isObservable, map, of } from 'rxjs';
import { switchMap, take, tap, type Observable, type Subscription } from 'rxjs';
import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { AnthropicError, InvalidOutputError } from '../errors/classes.js';
import type { ToolUseBlock } from '../api/message.js';
import { transform } from '../rx/transform.js';
import type { Tool, ToolOutput } from './defineTool.js';
import { validate } from '../schemas/standardSchema.js';
import type { ToolEvent } from './toolEvents.js';
import { declinedResult, errorResult, invalidInputResult, successResult } from './toolResult.js';

/** A call that is about to be run. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The input, as the tool receives it. */
  readonly input: unknown;
  /** Whether the call is run only if the answer is true. */
  readonly needsApproval: boolean;
}

/**
 * Called before a call is run. The answer false declines the call, and true approves it. Any other answer declines a
 * call that needs approval, and approves all others.
 */
export type OnTool = (call: ToolCall) => ToolApproval | PromiseLike<ToolApproval> | Observable<ToolApproval>;

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a callback that only observes returns nothing
export type ToolApproval = boolean | void;

/**
 * Runs a call: validates its input, asks `onTool` for approval, and runs the tool. Any failure becomes the result of
 * the call; the Observable itself never fails. Unsubscribing before the result aborts the signal of the tool.
 */
export function runTool(call: ToolUseBlock, tools: ReadonlyMap<string, Tool>, onTool?: OnTool): Observable<ToolEvent> {
  return defer(() => {
    const tool = tools.get(call.name);
    if (tool === undefined) throw unknownToolError(call.name, [...tools.keys()]);
    if (toolInputStatus(call).state !== 'complete') return of(invalidInputResult(call));
    const input = validateInput(call, tool);
    return askApproval(call, tool, input, onTool).pipe(
      switchMap((isApproved) => (isApproved ? execute(call, tool, input) : of(declinedResult(call)))),
    );
  }).pipe(catchError((error: unknown) => of(errorResult(call, error))));
}

/** Returns the input as the schema transforms it. Throws if the input does not match the schema. */
function validateInput(call: ToolUseBlock, { schema }: Tool): unknown {
  const result = validate(schema, call.input, 'runTools');
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  const lines = issues.map(({ path, message }) =>
    path.length === 0 ? `- ${message}` : `- ${path.map(String).join('.')}: ${message}`,
  );
  throw new InvalidOutputError(`The input of ${call.name} does not match its schema:\n${lines.join('\n')}`, {
    text: toolInputStatus(call).raw,
    value: call.input,
    issues,
  });
}

function unknownToolError(name: string, known: readonly string[]): AnthropicError {
  const tools = known.length > 0 ? `The available tools are ${known.join(', ')}.` : 'No tools are available.';
  return new AnthropicError(`There is no tool named ${name}. ${tools}`);
}

/** Emits whether the call may be run, according to the first answer of `onTool`. */
function askApproval({ id, name }: ToolUseBlock, tool: Tool, input: unknown, onTool?: OnTool): Observable<boolean> {
  const needsApproval = tool.needsApproval(input);
  return toObservable(onTool?.({ id, name, input, needsApproval })).pipe(
    take(1),
    defaultIfEmpty(undefined),
    map((answer) => (needsApproval ? answer === true : answer !== false)),
  );
}

/** Runs the tool. Aborts its signal if it is unsubscribed from before the tool has ended. */
function execute(call: ToolUseBlock, tool: Tool, input: unknown): Observable<ToolEvent> {
  return defer(() => {
    const { id, name } = call;
    const controller = new AbortController();
    const output = tool.run(input, { id, name, signal: controller.signal, toolUse: call });
    const events = isObservable(output)
      ? progressAndResult(call, output)
      : toObservable(output).pipe(map((value) => successResult(call, value)));
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
    };
    return events.pipe(
      tap({ complete: end, error: end }),
      finalize(() => {
        if (!hasEnded) controller.abort();
      }),
    );
  });
}

/**
 * Emits each output as progress, and the last one as the result.
 *
 *     outputs        --a-----b-----(c|)
 *     result         --a-----b-----(r|)     r: the result, with c
 *
 * An output that is emitted synchronously with the completion is emitted only as the result. Each output is therefore
 * held back until the next one, or until the current task has ended.
 */
function progressAndResult(call: ToolUseBlock, outputs: Observable<ToolOutput>): Observable<ToolEvent> {
  return outputs.pipe(
    transform((events) => {
      let last: ToolOutput;
      /** Emits `last` as progress when the current task has ended; undefined if nothing is held back. */
      let scheduled: Subscription | undefined;
      const emitHeldBack = (): void => {
        if (scheduled === undefined) return;
        scheduled.unsubscribe();
        scheduled = undefined;
        events.next({ type: 'tool_progress', tool_use_id: call.id, name: call.name, value: last });
      };
      return {
        next(output) {
          emitHeldBack();
          last = output;
          scheduled = asapScheduler.schedule(emitHeldBack);
          events.add(scheduled);
        },
        complete() {
          events.next(successResult(call, last));
        },
        error: emitHeldBack,
      };
    }),
  );
}

/** Converts a value, a promise or an Observable to an Observable. A plain value is emitted synchronously. */
function toObservable(value: unknown): Observable<unknown> {
  if (isObservable(value)) return value;
  return isPromiseLike(value) ? from(value) : of(value);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
