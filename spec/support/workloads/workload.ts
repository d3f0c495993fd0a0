/** What the workloads of `growth.slow.spec.ts` are made of. */
import { from, type Observable } from 'rxjs';
import * as api from '../../../src/index.js';
import type { Message, MessageStreamEvent, StandardSchemaV1 } from '../../../src/index.js';
import { fragmentsOf, mixedEvents } from '../growingInputs.js';

/** Prepares the input for `n` events. Returns a function that does the work each time it is called, and may return a promise. */
export type Prepare = (n: number) => () => unknown;

export interface Workload {
  /** The number of events. Default {@link N}. */
  readonly n?: number;
  readonly prepare: Prepare;
  /** Why it does more than twice the work for twice the events, if that is known. */
  readonly superlinear?: string;
}

/** The workloads of operators, by the operator's name and by a description of the input. */
export type Workloads = Readonly<Record<string, Readonly<Record<string, Prepare | Workload>>>>;

/** The number of events, approximately. It is large enough for arrays and objects to become wide. */
export const N = 1000;

export type Events = Observable<MessageStreamEvent>;

export const params = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user' as const, content: 'Hi' }],
};

export const lost = new api.APIConnectionError('The connection was lost', { phase: 'mid-content' });

export const anything: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) },
};

export const ignore = (): void => undefined;

/** Consumes a source. */
export function consume<T>(source: Observable<T>, next: (value: T) => void = ignore): Promise<void> {
  return source.forEach(next);
}

/** An operator on the events of a list. */
export function on(
  events: (n: number) => readonly MessageStreamEvent[],
  pipe: (source: Events) => Observable<unknown>,
): Prepare {
  return (n) => {
    const list = events(n);
    return () => consume(pipe(from(list)));
  };
}

export const onMixed = (pipe: (source: Events) => Observable<unknown>): Prepare => on(mixedEvents, pipe);

/** An operator on pieces of text. */
export function onText(
  text: (n: number) => string,
  pipe: (source: Observable<string>) => Observable<unknown>,
): Prepare {
  return (n) => {
    const list = fragmentsOf(text(n));
    return () => consume(pipe(from(list)));
  };
}

/** Reads a snapshot as a program that shows it does: the text of its last block, or the fields of its input. */
export function read({ content }: Message): void {
  const last = content.at(-1);
  if (last?.type === 'tool_use') Object.keys(last.input as object);
  if (last?.type === 'text' && last.text.length < 0) throw new Error('a text has a length');
}

export function readSnapshots(source: Events): Promise<void> {
  return consume(source.pipe(api.accumulateMessage()), read);
}

/** A wide container is copied when it is read. The values of `partialJson` are the outermost container itself. */
export const ROOT_COPIED = 'values never change, so the outermost container is copied for each that is read';

/** A workload that is known to grow faster than its events, which a small number of events shows. */
export function copying(superlinear: string, prepare: Prepare): Workload {
  return { n: 300, prepare, superlinear };
}
