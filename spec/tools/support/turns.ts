import { from, type Observable } from 'rxjs';
import type {
  MessageCreateParams,
  MessageDeltaEvent,
  MessageStreamEvent,
  StopReason,
  ToolUseBlock,
} from '../../../src/index.js';
import { buildMessage, eventsOf, type BuildMessageOptions } from '../../../src/testing/index.js';
import type { RunToolsEvent } from '../../../src/tools/toolEvents.js';
import {
  blockStart,
  blockStop,
  messageDelta,
  messageStart,
  messageStop,
  restart as restartEvent,
} from '../../support/events.js';

export const params: MessageCreateParams = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Go.' }],
};

/** A call whose input is complete when it starts, so that it takes two events in a marble diagram. */
export function call(name: string, input: unknown = {}): ToolUseBlock {
  return { type: 'tool_use', id: `id_${name}`, name, input };
}

/**
 * The events of a turn by their letters in marble diagrams. s and z: a message starts and stops; A and a, B and b, C and c: a
 * call starts and stops; T and t: a text starts and stops; m: the stop reason is tool_use; M: it is end_turn.
 */
export const letters = {
  s: messageStart(),
  A: blockStart(0, call('a')),
  a: blockStop(0),
  B: blockStart(1, call('b')),
  b: blockStop(1),
  C: blockStart(2, call('c')),
  c: blockStop(2),
  T: blockStart(3, { type: 'text', text: 'Well.' }),
  t: blockStop(3),
  m: stops('tool_use'),
  M: stops('end_turn'),
  z: messageStop,
} satisfies Record<string, MessageStreamEvent>;

export const restart = restartEvent();

/** A `message_delta` with a stop reason. */
export function stops(stop_reason: StopReason | null): MessageDeltaEvent {
  return messageDelta(stop_reason, { usage: { output_tokens: 7 } });
}

/** Answers requests with these messages in order, and records the requests. */
export class Answers {
  readonly asked: MessageCreateParams[] = [];
  readonly #turns: readonly Observable<MessageStreamEvent>[];

  constructor(...turns: (BuildMessageOptions | Observable<MessageStreamEvent>)[]) {
    this.#turns = turns.map((turn, index) =>
      'subscribe' in turn ? turn : from(eventsOf(buildMessage({ id: `msg_${index}`, ...turn }))),
    );
  }

  readonly request = (asked: MessageCreateParams): Observable<MessageStreamEvent> => {
    this.asked.push(asked);
    const turn = this.#turns[this.asked.length - 1];
    if (turn === undefined) throw new Error(`nobody expected request ${this.asked.length}`);
    return turn;
  };
}

/** Summarizes an event of a run in a few words; undefined for the events of its messages. */
export function summaryOf(event: RunToolsEvent): string | undefined {
  switch (event.type) {
    case 'tool_progress':
      return `${event.name}: ${String(event.value)}`;
    case 'tool_result':
      return `${event.name} ${event.result.is_error === true ? 'failed' : 'done'}`;
    case 'run_end':
      return `end: ${String(event.reason)}`;
    default:
      return undefined;
  }
}
