import type { AnyEvent } from '../../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../../src/testing/index.js';
import { ping } from '../../support/events.js';

const call = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Oslo' } } as const;

/** The two messages of a run, in the order in which a service forwards them. */
export const callEvents = eventsOf(buildMessage({ id: 'msg_1', content: [call], stop_reason: 'tool_use' }));
export const pauseEvents = eventsOf(buildMessage({ id: 'msg_1', content: 'Searching.', stop_reason: 'pause_turn' }));
export const answerEvents = eventsOf(buildMessage({ id: 'msg_2', content: 'It rains.' }));

/** What `runTools` emits besides the events of its messages. */
export const progress = { type: 'tool_progress', tool_use_id: call.id, name: call.name, value: 'asking' };
export const result = {
  type: 'tool_result',
  tool_use_id: call.id,
  name: call.name,
  result: { type: 'tool_result', tool_use_id: call.id, content: 'Rain' },
};
export const runEnd = {
  type: 'run_end',
  reason: 'end_turn',
  messages: [],
  usage: { input_tokens: 1, output_tokens: 2 },
  turns: 2,
};

/** The end of a run that waits for decisions. */
export const runPaused = {
  type: 'run_paused',
  state: { version: 1, runId: 'run_1', pending: [{ id: call.id, name: call.name, input: call.input }] },
};

/** A complete run with one tool call. */
export const run: readonly AnyEvent[] = [...callEvents, progress, result, ...answerEvents, runEnd];

export const pingSse = sseOf([ping]);
