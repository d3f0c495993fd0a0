import { asapScheduler, defer, from, isObservable, of, switchMap, type Observable, type Subscription } from 'rxjs';
import { isPromiseLike } from '../rx/toObservable.js';
import { transform } from '../rx/transform.js';
import { readPath } from '../utils/inspect.js';
import type { ToolOutput } from './defineTool.js';
import type { ToolEvent } from './toolEvents.js';
import { successResult } from './toolResult.js';
import type { RunCall } from './turnCalls.js';

/**
 * Emits the progress and the result of a call whose tool returned `output`. Follows promises, Observables, generators,
 * and promises of these.
 */
export function eventsOfOutput(call: RunCall, output: ToolOutput): Observable<ToolEvent> {
  if (isObservable(output)) return progressAndResult(call, output);
  if (isPromiseLike(output)) return from(output).pipe(switchMap((value) => eventsOfOutput(call, value)));
  const iterator = iteratorOf(output);
  if (iterator !== undefined) return progressAndResult(call, from(valuesOf(iterator)));
  return defer(() => of(successResult(call, output)));
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
function progressAndResult(call: RunCall, outputs: Observable<ToolOutput>): Observable<ToolEvent> {
  const { id, index } = call;
  const { name } = call.block;
  return outputs.pipe(
    transform((events) => {
      let last: ToolOutput;
      /** Emits `last` as progress when the current task has ended; undefined if nothing is held back. */
      let scheduled: Subscription | undefined;
      const emitHeldBack = (): void => {
        if (scheduled === undefined) return;
        scheduled.unsubscribe();
        scheduled = undefined;
        events.next({ type: 'tool_progress', tool_use_id: id, index, name, value: last });
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

/** Returns the iterator of a generator or of an async iterable; undefined for any other value, also for a stream. */
function iteratorOf(output: unknown): GeneratorLike | undefined {
  if (Object.prototype.toString.call(output) === '[object Generator]') return output as GeneratorLike;
  if (!isAsyncIterable(output)) return undefined;
  const isStream = ['getReader', 'pipe'].some((name) => readPath(output, name) !== undefined);
  return isStream ? undefined : output[Symbol.asyncIterator]();
}

function isAsyncIterable(output: unknown): output is AsyncIterable<unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output;
}

type GeneratorLike = Pick<AsyncIterator<unknown, unknown> | Iterator<unknown, unknown>, 'next' | 'return'>;

/** Yields what a generator yields, and then what it returns, unless that is undefined. */
async function* valuesOf(generator: GeneratorLike): AsyncGenerator<unknown, void> {
  let hasEnded = false;
  try {
    while (!hasEnded) {
      const { done, value } = await generator.next();
      hasEnded = done === true;
      if (!hasEnded || value !== undefined) yield value;
    }
  } finally {
    if (!hasEnded) await generator.return?.();
  }
}
