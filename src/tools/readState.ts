import type { MessageParam } from '../api/params.js';
import { InvalidParamsError } from '../errors/classes.js';
import { findUnansweredTurn } from '../history/unansweredTurn.js';
import { isRecord } from '../utils/inspect.js';
import { STATE_VERSION, type RunState, type SavedCall } from './runState.js';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isListOf =
  (isItem: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(isItem);
const isOptional =
  (isValid: Check): Check =>
  (value) =>
    value === undefined || isValid(value);
const isContent: Check = (value) => typeof value === 'string' || isListOf(isRecord)(value);
const isMessage: Check = (value) => isRecord(value) && isText(value['role']) && isOptional(isContent)(value['content']);
const isSavedCall: Check = (value) =>
  isRecord(value) && typeof value['id'] === 'string' && typeof value['name'] === 'string';
const isUsage: Check = (value) =>
  isRecord(value) && typeof value['input_tokens'] === 'number' && typeof value['output_tokens'] === 'number';

/** What each field of a state must be. */
const FIELDS = {
  version: (value) => value === STATE_VERSION,
  runId: isText,
  revision: isCount,
  messages: (value) => isListOf(isMessage)(value) && Array.isArray(value) && value.length > 0,
  pending: isListOf(isSavedCall),
  started: isListOf(isSavedCall),
  withdrawn: isListOf(isSavedCall),
  usage: isUsage,
  turns: isCount,
  container: isOptional(isText),
  postponed: isOptional(isListOf(isMessage)),
  reason: isOptional((value) => value === null || isText(value)),
} as const satisfies Record<keyof RunState, Check>;

/**
 * Checks the state of a run, which may come from JSON.
 *
 * @throws {InvalidParamsError} If it is not a state, if a newer version of the package has written it, or if its calls
 * do not belong to its messages.
 */
export function expectState(state: unknown): asserts state is RunState {
  if (!isRecord(state)) throw refusal('state must be the state of a run, which is not text: use JSON.parse');
  const { version } = state;
  if (typeof version === 'number' && version > STATE_VERSION) {
    throw refusal(`the state has version ${version}, and this version of rxjs-anthropic only reads ${STATE_VERSION}`);
  }
  const invalid = findInvalidField(state);
  if (invalid !== undefined) throw refusal(`state is not the state of a run: its ${invalid} is missing or invalid`);
  if (hasFields(state)) expectCalls(state);
}

function hasFields(state: Readonly<Record<string, unknown>>): state is Readonly<Record<string, unknown>> & RunState {
  return findInvalidField(state) === undefined;
}

function findInvalidField(state: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(FIELDS).find(([name, isValid]) => !isValid(state[name]))?.[0];
}

/** The calls must be those of the last turn that have no result: otherwise a decision would be about nothing. */
function expectCalls({ messages, pending, started }: RunState): void {
  const open = idsWithoutResult(messages);
  const stray = [...pending, ...started].find(({ id }: SavedCall) => !open.has(id));
  if (stray !== undefined) {
    throw refusal(`the messages of state do not have the call ${stray.id} without a result: they must not be changed`);
  }
}

function idsWithoutResult(messages: readonly MessageParam[]): ReadonlySet<string> {
  const calls = [...(findUnansweredTurn(messages)?.calls.values() ?? [])];
  return new Set(calls.filter(({ result }) => result === undefined).map(({ block }) => block.id));
}

function refusal(problem: string): InvalidParamsError {
  return new InvalidParamsError(`resumeRun: ${problem}.`);
}
