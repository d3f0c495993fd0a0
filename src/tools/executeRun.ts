import { asapScheduler, catchError, concat, defer, EMPTY, from, map, NEVER, observeOn, of, takeUntil } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Message } from '../api/message.js';
import type { MessageCreateParams, MessageParam } from '../api/params.js';
import { AnthropicError } from '../errors/classes.js';
import { captureContext } from '../rx/asyncContext.js';
import { failOnAbort } from '../rx/failOnAbort.js';
import { repeatUntil } from '../rx/repeatUntil.js';
import { messageRequest } from '../source/messageRequest.js';
import { redact } from '../source/redact.js';
import { expectResponseOptions } from '../source/responseOptions.js';
import { streamMessage } from '../source/streamMessage.js';
import { expectAtLeast } from '../utils/options.js';
import { CallRunner } from './callRunner.js';
import { insertToolCalls, type TurnItem } from './insertToolCalls.js';
import { awaitCallback, messagesToAppend } from './runCallbacks.js';
import type { CallDecision } from './runDecisions.js';
import type { RunToolsOptions } from './runOptions.js';
import { runParams } from './runParams.js';
import type { RunState } from './runState.js';
import type { OnTool } from './runTool.js';
import { runToolCalls } from './runToolCalls.js';
import { saveResults } from './saveResults.js';
import { Slots } from './slots.js';
import { StateSaver } from './stateSaver.js';
import { Toolbox } from './toolbox.js';
import type { RunToolsEvent, ToolResultEvent } from './toolEvents.js';
import { ToolRun } from './toolRun.js';

/** A run that is resumed has no default that loses a call: its user knows that it may pause. */
const pauseIfNeeded: OnTool = ({ needsApproval }) => !needsApproval || 'pause';

/** What a run continues. */
export interface Resumption {
  readonly state: RunState;
  readonly decisions: ReadonlyMap<string, CallDecision>;
}

/**
 * Returns the events of a run: what `runTools` and `resumeRun` have in common.
 *
 * @param caller - The function that errors name.
 */
export function executeRun(
  caller: string,
  params: MessageCreateParams,
  options: RunToolsOptions,
  resumption?: Resumption,
): Observable<RunToolsEvent> {
  const { tools, maxTurns = 10, concurrency = 4, signal } = options;
  expectAtLeast(1, caller, { maxTurns, concurrency });
  const firstParams = runParams(params, tools, caller);
  const { ask, secrets } = createRequest(firstParams, options);
  const aborted = signal === undefined ? NEVER : failAfterRequest(signal, secrets);
  // Bound, since the options may be an instance of a class.
  const { onTool, onState, onToolResult, onTurn } = bindCallbacks(options);

  return defer(() => {
    const run = new ToolRun(firstParams, maxTurns, resumption?.state);
    const inContext = captureContext();
    const saver = new StateSaver(() => awaitCallback(() => inContext(() => onState?.(run.nextState()))));
    const saved = onState === undefined ? EMPTY : saver.save();
    const calls = new CallRunner({
      run,
      toolbox: new Toolbox(tools),
      slots: new Slots(concurrency),
      onTool: onTool ?? (resumption && pauseIfNeeded),
      decisions: resumption?.decisions ?? new Map(),
      saved,
      isAborted: () => signal?.aborted === true,
    });

    const items = (): Observable<TurnItem> =>
      run.resumedCalls === undefined
        ? ask(run.params, { turn: run.nextTurn }).pipe(insertToolCalls(run, calls))
        : from(run.resumedCalls).pipe(map((call) => ({ kind: 'call', outcome: calls.run(call) })));
    const saveResult = (result: ToolResultEvent): Observable<never> =>
      concat(
        awaitCallback(() => inContext(() => onToolResult?.(result, run.messages))),
        saved,
      );
    const hasSaves = onToolResult !== undefined || onState !== undefined;
    const saveTurn = (onAnswer?: (answer: unknown) => void): Observable<never> =>
      awaitCallback(() => inContext(() => onTurn?.(run.progress)), onAnswer);
    const endTurn = defer(() => {
      run.endTurn();
      if (run.hasPaused) return saved;
      const append = (answer: unknown): void => {
        run.append(messagesToAppend(answer));
      };
      return concat(saveTurn(append), saved);
    });
    const turn = defer(() => {
      if (signal?.aborted === true) return aborted;
      const events = defer(items).pipe(runToolCalls(run), takeUntil(aborted));
      return concat(hasSaves ? events.pipe(saveResults(saveResult)) : events, endTurn);
    });
    const interrupt = defer(() => (run.interrupt() ? saveTurn() : EMPTY));

    return concat(
      turn.pipe(repeatUntil(() => run.hasEnded, inContext)),
      defer(() => of(run.endEvent())),
    ).pipe(
      catchError((error: unknown) => {
        const { partial } = run;
        const fail = (): never => {
          addConversation(error, partial, run.progress.messages);
          throw error;
        };
        // If `onTurn` fails too, the first error is reported: it has the conversation that could not be saved.
        return concat(saver.idle, interrupt.pipe(catchError(fail)), defer(fail));
      }),
    );
  });
}

function bindCallbacks(
  options: RunToolsOptions,
): Pick<RunToolsOptions, 'onTool' | 'onState' | 'onToolResult' | 'onTurn'> {
  return {
    onTool: options.onTool?.bind(options),
    onState: options.onState?.bind(options),
    onToolResult: options.onToolResult?.bind(options),
    onTurn: options.onTurn?.bind(options),
  };
}

/** Sets the conversation on an error of this package, and the message in progress, if no operator has set one. */
function addConversation(error: unknown, partial: Message | undefined, messages: readonly MessageParam[]): void {
  if (!(error instanceof AnthropicError)) return;
  // Unlike an assignment, this does not throw if the error is frozen.
  if (error.partial === undefined) Reflect.set(error, 'partial', partial);
  Reflect.set(error, 'messages', messages);
}

/**
 * Returns the function that makes the requests of a run, and the secrets that no error of the run may show.
 *
 * @throws {TypeError | RangeError} If `streamMessage` would throw for the first request.
 */
function createRequest(
  firstParams: MessageCreateParams,
  options: RunToolsOptions,
): { ask: NonNullable<RunToolsOptions['request']>; secrets: readonly string[] } {
  // Bound, since the options may be an instance of a class.
  const request = options.request?.bind(options);
  if (request !== undefined) return { ask: request, secrets: [] };
  expectResponseOptions('streamMessage', options);
  const { secrets } = messageRequest(firstParams, options);
  return { ask: (params) => streamMessage(params, options), secrets };
}

/**
 * Fails when the signal is aborted. The failure is delayed by a microtask, so that a request with the same signal fails
 * first: its error has the message so far.
 */
function failAfterRequest(signal: AbortSignal, secrets: readonly string[]): Observable<never> {
  return failOnAbort(signal, 'mid-content').pipe(
    observeOn(asapScheduler),
    catchError((error: unknown) => {
      throw redact(error, secrets);
    }),
  );
}
