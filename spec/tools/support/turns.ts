import { from, type Observable } from 'rxjs';
import type { MessageCreateParams, MessageStreamEvent, StopReason, ToolUseBlock } from '../../../src/index.js';
import { buildMessage, eventsOf, type BuildMessageOptions } from '../../../src/testing/index.js';
import type { RunToolsEvent } from '../../../src/tools/toolEvents.js';

export const params: MessageCreateParams = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Go.' }],
};

/** A call whose input comes with its start, so that it takes two events: for marbles. */
export function call(name: string, input: unknown = {}): ToolUseBlock {
  return { type: 'tool_use', id: `id_${name}`, name, input };
}

/**
 * The events of two turns, by the letters that they have in marbles: s a message starts, A and a, B and b, C and c calls
 * start and stop, T and t a text does, m the stop reason is tool_use, z the message stops; M the reason is end_turn.
 */
export const letters = {
  s: { type: 'message_start', message: { ...buildMessage(), stop_reason: null } },
  A: { type: 'content_block_start', index: 0, content_block: call('a') },
  a: { type: 'content_block_stop', index: 0 },
  B: { type: 'content_block_start', index: 1, content_block: call('b') },
  b: { type: 'content_block_stop', index: 1 },
  C: { type: 'content_block_start', index: 2, content_block: call('c') },
  c: { type: 'content_block_stop', index: 2 },
  T: { type: 'content_block_start', index: 3, content_block: { type: 'text', text: 'Well.' } },
  t: { type: 'content_block_stop', index: 3 },
  m: stops('tool_use'),
  M: stops('end_turn'),
  z: { type: 'message_stop' },
} satisfies Record<string, MessageStreamEvent>;

export const restart: MessageStreamEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: undefined };

export function stops(stop_reason: StopReason | null): MessageStreamEvent {
  return { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } };
}

/** A request that answers with these messages, one after the other, and keeps what was asked. */
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

/** What a run says beside its messages, in a few words an event; undefined for the events of messages. */
export function told(event: RunToolsEvent): string | undefined {
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
