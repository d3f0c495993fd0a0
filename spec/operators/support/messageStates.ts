import { from, Observable, throwError } from 'rxjs';
import {
  OverloadedError,
  toolInputStatus,
  type AnyEvent,
  type Message,
  type MessageStreamEvent,
  type ToolUseBlock,
} from '../../../src/index.js';
import {
  idleMessageState,
  messageState,
  type MessageState,
  type MessageStateOptions,
} from '../../../src/operators/messageState.js';
import { buildMessage, eventsOf } from '../../../src/testing/index.js';
import { watch } from '../../source/support/outcome.js';
import { blockStart, blockStop, messageDelta, messageStop, ping, restart, textDelta } from '../../support/events.js';

export const message = buildMessage({ content: 'Hello, world', usage: { input_tokens: 25, output_tokens: 12 } });

export const opening: Message = {
  ...message,
  content: [],
  stop_reason: null,
  usage: { ...message.usage, output_tokens: 1 },
};

export const events = eventsOf(message, { deltaLength: 5 });

export const start = (fields: Partial<Message> = {}): MessageStreamEvent => ({
  type: 'message_start',
  message: { ...opening, ...fields },
});

export const block = (type: string, index = 0, fields: object = {}) => blockStart(index, { type, ...fields });

export const overloaded = new OverloadedError('Overloaded', { status: 529 });

export const retry = restart({ error: overloaded });

/**
 * Events by their letters in marbles: s message_start, b the start of an empty text block, d text, e the block stops, m the
 * stop reason end_turn, t the stop reason tool_use, z message_stop; S the start of another message; p ping, r message_restart.
 */
export const letters = {
  s: start(),
  b: block('text', 0, { text: '' }),
  d: textDelta('Hi'),
  e: blockStop(),
  m: messageDelta('end_turn'),
  t: messageDelta('tool_use'),
  z: messageStop,
  S: start({ id: 'msg_2' }),
  p: ping,
  r: retry,
};

export const connecting: MessageState = {
  ...idleMessageState,
  status: 'connecting',
  message: undefined,
  error: undefined,
  delayMs: undefined,
};

/** All states of a synchronous source. They always complete. */
export function statesOf(source: Observable<AnyEvent>, options?: MessageStateOptions): MessageState[] {
  const { values, ended } = watch(source.pipe(messageState(options)));
  if (ended !== 'completed') throw new Error(`The states did not complete: ${String(ended)}`);
  return [...values];
}

/** The statuses of events after which the source completes. */
export function statuses(...sent: readonly AnyEvent[]): string[] {
  return statesOf(from(sent)).map(({ status }) => status);
}

export function lastOf<T>(list: readonly T[]): T {
  const last = list.at(-1);
  if (last === undefined) throw new Error('The list is empty');
  return last;
}

export const FIELDS = ['status', 'message', 'text', 'usage', 'error', 'attempt', 'delayMs'] as const;

/** A value as text, with the status of the tool inputs in it. */
export const serialize = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) => (isToolUse(part) ? { ...part, ...toolInputStatus(part) } : part));

const isToolUse = (value: unknown): value is ToolUseBlock =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'tool_use';

/** A state as short text. */
export const inShort = ({ status, text, attempt }: MessageState): string => `${status} ${attempt} ${text}`.trim();

// eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
export const failing = (error: unknown) => throwError(() => error);
