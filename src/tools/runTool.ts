import {
  catchError,
  concat,
  defaultIfEmpty,
  defer,
  finalize,
  map,
  NEVER,
  of,
  switchMap,
  take,
  tap,
  type Observable,
} from 'rxjs';
import { hasUsableInput, toolInputStatus } from '../accumulate/toolInputStatus.js';
import type { ToolUseBlock } from '../api/message.js';
import { InvalidOutputError } from '../errors/classes.js';
import { toObservable, type Awaitable } from '../rx/toObservable.js';
import { validate } from '../schemas/standardSchema.js';
import type { Tool } from './defineTool.js';
import type { Toolset } from './defineToolset.js';
import type { Slots } from './slots.js';
import type { Toolbox } from './toolbox.js';
import type { ToolApprovalRequiredEvent, ToolEvent } from './toolEvents.js';
import { eventsOfOutput } from './toolOutput.js';
import { declinedResult, errorResult, invalidInputResult } from './toolResult.js';
import type { ToolRun } from './toolRun.js';
import type { RunCall } from './turnCalls.js';

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
export type OnTool = (call: ToolCall) => Awaitable<ToolApproval>;

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a callback that only observes returns nothing
export type ToolApproval = boolean | void;

/** What the calls of a run share. */
export interface CallContext {
  readonly run: ToolRun;
  readonly toolbox: Toolbox;
  /** Limits how many tools run at the same time. */
  readonly slots: Slots;
  readonly onTool: OnTool | undefined;
  /** Whether the run has been aborted, and is about to fail. */
  readonly isAborted: () => boolean;
}

/**
 * Runs a call: validates its input, asks `onTool` for approval, waits for a slot, and runs the tool. Any failure becomes
 * the result of the call; the Observable itself never fails. Unsubscribing before the result aborts the signal of the
 * tool. Once the run has been aborted, `onTool` is not asked, no tool is started, and nothing is emitted.
 */
export function runTool(call: RunCall, context: CallContext): Observable<ToolEvent> {
  const { run, toolbox, slots, onTool } = context;
  const { block } = call;
  return unlessAborted(context, () => {
    const tool = toolbox.find(block, run.params.messages);
    if (!hasUsableInput(block)) return of(invalidInputResult(call));
    const input = 'schema' in tool ? validateInput(block, tool) : copyInput(block);
    const needsApproval = tool.needsApproval(input, block.name);
    const { id } = call;
    const ask = (): ReturnType<OnTool> => onTool?.({ id, name: block.name, input, needsApproval });
    const outcome = unlessAborted(context, () => isApproved(ask(), needsApproval)).pipe(
      switchMap((approved) => (approved ? slots.run(execute(call, tool, input, context)) : of(declinedResult(call)))),
    );
    return needsApproval && onTool !== undefined ? concat(of(approvalRequired(call)), outcome) : outcome;
  }).pipe(catchError((error: unknown) => of(errorResult(call, error))));
}

/** Returns the input as the schema transforms it. Throws if the input does not match the schema. */
function validateInput(block: ToolUseBlock, { schema }: Tool): unknown {
  const result = validate(schema, copyInput(block), 'runTools');
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  const lines = issues.map(({ path, message }) =>
    path.length === 0 ? `- ${message}` : `- ${path.map(String).join('.')}: ${message}`,
  );
  throw new InvalidOutputError(`The input of ${block.name} does not match its schema:\n${lines.join('\n')}`, {
    text: toolInputStatus(block).raw,
    value: block.input,
    issues,
  });
}

/** Returns a copy of the input, which the tool may modify: the block itself is part of the conversation. */
function copyInput(block: ToolUseBlock): unknown {
  return structuredClone(block.input);
}

function approvalRequired({ id, index, block }: RunCall): ToolApprovalRequiredEvent {
  const { name, input, toolset_name: toolset } = block;
  return {
    type: 'tool_approval_required',
    id,
    index,
    name,
    input,
    ...(toolset != null && { toolset_name: toolset }),
  };
}

/** Defers each step of a call, since anything between two steps may abort the run. */
function unlessAborted<T>({ isAborted }: CallContext, next: () => Observable<T>): Observable<T> {
  return defer(() => (isAborted() ? NEVER : next()));
}

/** Emits whether the call may be run, according to the first answer of `onTool`. */
function isApproved(answer: ReturnType<OnTool>, needsApproval: boolean): Observable<boolean> {
  return toObservable(answer).pipe(
    take(1),
    defaultIfEmpty(undefined),
    map((answer) => (needsApproval ? answer === true : answer !== false)),
  );
}

/** Runs the tool. Aborts its signal if it is unsubscribed from before the tool has ended. */
function execute(call: RunCall, tool: Tool | Toolset, input: unknown, context: CallContext): Observable<ToolEvent> {
  return unlessAborted(context, () => {
    context.run.startCall(call);
    const { id, block } = call;
    const controller = new AbortController();
    const toolUse = { ...block, id, input: copyInput(block) };
    const output = tool.run(input, { id, name: block.name, signal: controller.signal, toolUse });
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
    };
    return eventsOfOutput(call, output).pipe(
      tap({ complete: end, error: end }),
      finalize(() => {
        if (!hasEnded) controller.abort();
      }),
    );
  });
}
