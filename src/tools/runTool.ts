import { asapScheduler, catchError, defaultIfEmpty, defer, finalize, from, isObservable, map, of } from 'rxjs';
import { switchMap, take, tap, type Observable, type Subscription } from 'rxjs';
import { toolInputStatus } from '../accumulate/toolInputStatus.js';
import { AnthropicError, InvalidOutputError } from '../errors/classes.js';
import type { ToolUseBlock } from '../api/message.js';
import { transform } from '../rx/transform.js';
import type { Tool, ToolOutput } from './defineTool.js';
import { validate } from '../schemas/standardSchema.js';
import type { ToolProgressEvent, ToolResultEvent } from './toolEvents.js';
import { declined, failed, succeeded, unreadable } from './toolResult.js';

/** A call that is about to be made. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The input, as the tool gets it. */
  readonly input: unknown;
  /** Whether the call is only made if the answer is true. */
  readonly needsApproval: boolean;
}

/**
 * Learns of a call before it is made. False declines it, true approves it; an answer that is neither declines a call
 * that needs approval, and no other.
 */
export type OnTool = (call: ToolCall) => ToolApproval | PromiseLike<ToolApproval> | Observable<ToolApproval>;

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a callback that only looks returns nothing
export type ToolApproval = boolean | void;

/**
 * Makes a call: checks its input, asks whether it may be made, runs the tool. Whatever goes wrong becomes the call's
 * result; the Observable itself never fails. Unsubscribing before the result aborts the tool's signal.
 */
export function runTool(
  call: ToolUseBlock,
  tools: ReadonlyMap<string, Tool>,
  onTool?: OnTool,
): Observable<ToolProgressEvent | ToolResultEvent> {
  return defer(() => {
    const tool = tools.get(call.name);
    if (tool === undefined) throw unknownTool(call.name, [...tools.keys()]);
    if (toolInputStatus(call).state !== 'complete') return of(unreadable(call));
    const input = checked(call, tool);
    return ask(call, tool, input, onTool).pipe(
      switchMap((approved) => (approved ? execute(call, tool, input) : of(declined(call)))),
    );
  }).pipe(catchError((error: unknown) => of(failed(call, error))));
}

function ask({ id, name }: ToolUseBlock, tool: Tool, input: unknown, onTool?: OnTool): Observable<boolean> {
  const needsApproval = tool.needsApproval(input);
  return toObservable(onTool?.({ id, name, input, needsApproval })).pipe(
    take(1),
    defaultIfEmpty(undefined),
    map((answer) => (needsApproval ? answer === true : answer !== false)),
  );
}

function execute(call: ToolUseBlock, tool: Tool, input: unknown): Observable<ToolProgressEvent | ToolResultEvent> {
  return defer(() => {
    const { id, name } = call;
    const controller = new AbortController();
    const returned = tool.run(input, { id, name, signal: controller.signal, toolUse: call });
    const events = isObservable(returned)
      ? follow(call, returned)
      : toObservable(returned).pipe(map((output) => succeeded(call, output)));
    let ended = false;
    const end = (): void => {
      ended = true;
    };
    return events.pipe(
      tap({ complete: end, error: end }),
      finalize(() => {
        if (!ended) controller.abort();
      }),
    );
  });
}

/**
 * Each value as progress, and the last one as the result. A value that comes with the completion, in the same turn, is
 * the result only: so a value waits as progress for the end of its turn, or for the next one.
 */
function follow(call: ToolUseBlock, outputs: Observable<ToolOutput>): Observable<ToolProgressEvent | ToolResultEvent> {
  return outputs.pipe(
    transform((events) => {
      let last: ToolOutput;
      let wait: Subscription | undefined;
      const tell = (): void => {
        if (wait === undefined) return;
        wait.unsubscribe();
        wait = undefined;
        events.next({ type: 'tool_progress', tool_use_id: call.id, name: call.name, value: last });
      };
      return {
        next(value) {
          tell();
          last = value;
          wait = asapScheduler.schedule(tell);
          events.add(wait);
        },
        complete() {
          events.next(succeeded(call, last));
        },
        error: tell,
      };
    }),
  );
}

/** A value, or what becomes one, as an Observable: a value that is there in the same turn. */
function toObservable(value: unknown): Observable<unknown> {
  if (isObservable(value)) return value;
  return isPromiseLike(value) ? from(value) : of(value);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function checked(call: ToolUseBlock, tool: Tool): unknown {
  const result = validate(tool.schema, call.input, 'runTools');
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  const lines = issues.map(
    ({ path, message }) => `- ${path.length > 0 ? `${path.map(String).join('.')}: ` : ''}${message}`,
  );
  throw new InvalidOutputError(`The input of ${call.name} is not what its schema asks for:\n${lines.join('\n')}`, {
    text: toolInputStatus(call).raw,
    value: call.input,
    issues,
  });
}

function unknownTool(name: string, known: readonly string[]): AnthropicError {
  const tools = known.length > 0 ? `The tools are: ${known.join(', ')}.` : 'There are no tools.';
  return new AnthropicError(`There is no tool ${name}. ${tools}`);
}
