import { concat, defaultIfEmpty, defer, EMPTY, map, NEVER, of, switchMap, take, type Observable } from 'rxjs';
import { hasUsableInput, toolInputStatus } from '../accumulate/toolInputStatus.js';
import { InvalidOutputError } from '../errors/classes.js';
import { toObservable } from '../rx/toObservable.js';
import { validate } from '../schemas/standardSchema.js';
import { asString, isRecord, readPath } from '../utils/inspect.js';
import type { Tool } from './defineTool.js';
import type { Toolset } from './defineToolset.js';
import type { CallDecision } from './runDecisions.js';
import type { CallContext, OnTool } from './runTool.js';
import type { ToolApprovalRequiredEvent, ToolEvent } from './toolEvents.js';
import { abandonedResult, declinedResult, invalidInputResult, successResult } from './toolResult.js';
import type { RunCall } from './turnCalls.js';

/** A call that is to be run. */
export interface Start {
  readonly type: 'start';
  readonly tool: Tool | Toolset;
  /** The input before the schema has transformed it. */
  readonly given: unknown;
  /** The input, as the tool receives it. */
  readonly input: unknown;
}

/**
 * Decides whether a call is run: validates its input, and asks for approval. Emits `start`, or the result of a call that
 * is not run, or neither if the call is held until the run is resumed. Fails if the call is not valid.
 */
export function prepareCall(call: RunCall, context: CallContext): Observable<ToolEvent | Start> {
  const { run, decisions } = context;
  const { isPending = false, begun } = run.calls?.stateOf(call) ?? {};
  const decision = decisions.get(call.id);
  if (decision !== undefined) return carryOut(decision, call, context);
  // An earlier process has left the call.
  if (isPending) return hold(call, context);
  if (begun === undefined) return askForApproval(call, context);
  return context.toolbox.isIdempotent(call.block) ? start(call, begun.input, context) : hold(call, context);
}

/** Defers a step of a call, since anything between two steps may abort the run. */
export function unlessAborted<T>({ isAborted }: CallContext, next: () => Observable<T>): Observable<T> {
  return defer(() => (isAborted() ? NEVER : next()));
}

function carryOut(decision: CallDecision, call: RunCall, context: CallContext): Observable<ToolEvent | Start> {
  const begun = context.run.calls?.stateOf(call)?.begun;
  switch (decision.kind) {
    case 'run':
      return start(call, decision.input ?? begun?.input ?? call.block.input, context);
    case 'decline':
      return of(begun === undefined ? declinedResult(call, decision.reason) : abandonedResult(call, decision.reason));
    case 'answer':
      return of(successResult(call, decision.output));
  }
}

function askForApproval(call: RunCall, context: CallContext): Observable<ToolEvent | Start> {
  const { onTool, toolbox, run } = context;
  const { id, block } = call;
  const tool = toolbox.find(block, run.params.messages);
  if (!hasUsableInput(block)) return of(invalidInputResult(call));
  const input = toolInputOf(tool, block.name, block.input, toolInputStatus(block).raw);
  const needsApproval = tool.needsApproval(input, block.name);
  const ask = (): ReturnType<OnTool> => onTool?.({ id, name: block.name, input, needsApproval });
  const outcome = unlessAborted(context, () => answerOf(ask(), needsApproval)).pipe(
    switchMap((answer) => {
      if (answer !== 'pause') {
        const { isApproved, reason } = answer;
        return of(
          isApproved ? ({ type: 'start', tool, given: block.input, input } as const) : declinedResult(call, reason),
        );
      }
      run.calls?.pause(call);
      return hold(call, context);
    }),
  );
  return needsApproval && onTool !== undefined ? concat(of(approvalRequired(call)), outcome) : outcome;
}

/** What `onTool` has answered. */
interface Approval {
  readonly isApproved: boolean;
  readonly reason: string | undefined;
}

/** Emits whether the call may be run, according to the first answer of `onTool`. */
function answerOf(answer: ReturnType<OnTool>, needsApproval: boolean): Observable<Approval | 'pause'> {
  return toObservable(answer).pipe(
    take(1),
    defaultIfEmpty(undefined),
    map((answer) => {
      if (answer === 'pause') return answer;
      const approved = isRecord(answer) ? answer['approved'] : answer;
      const reason = asString(readPath(answer, 'reason'));
      return { isApproved: needsApproval ? approved === true : approved !== false, reason };
    }),
  );
}

function start(call: RunCall, given: unknown, { toolbox, run }: CallContext): Observable<Start> {
  const tool = toolbox.find(call.block, run.params.messages);
  return of({ type: 'start', tool, given, input: toolInputOf(tool, call.block.name, given) });
}

/** Leaves a call without a result, which pauses the run at the end of the turn. */
function hold(call: RunCall, { run }: CallContext): Observable<never> {
  run.calls?.hold(call);
  return EMPTY;
}

/**
 * Returns an input as the tool receives it: as the schema transforms it, or as a copy, which the tool may modify.
 *
 * @throws {InvalidOutputError} If the input does not match the schema.
 */
export function toolInputOf(tool: Tool | Toolset, name: string, given: unknown, text?: string): unknown {
  const input = structuredClone(given);
  if (!('schema' in tool)) return input;
  const result = validate(tool.schema, input, 'runTools');
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  const lines = issues.map(({ path, message }) =>
    path.length === 0 ? `- ${message}` : `- ${path.map(String).join('.')}: ${message}`,
  );
  throw new InvalidOutputError(`The input of ${name} does not match its schema:\n${lines.join('\n')}`, {
    text: text ?? JSON.stringify(given),
    value: given,
    issues,
  });
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
