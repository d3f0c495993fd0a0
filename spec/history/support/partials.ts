import { MessageAccumulator } from '../../../src/accumulate/messageAccumulator.js';
import type { Message, MessageStreamEvent } from '../../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../../src/testing/index.js';

/** Accumulates events to a message, as an error has it as its `partial`. */
export function messageOf(events: Iterable<MessageStreamEvent>): Message {
  const accumulator = new MessageAccumulator();
  for (const event of events) accumulator.add(event);
  const { message } = accumulator;
  if (message === undefined) throw new Error('no message_start');
  return message;
}

/** What has arrived of a message after each of its events; each text delta is one UTF-16 code unit. */
export function partialsOf(message: Message): Message[] {
  const events = eventsOf(message, { deltaLength: 1 }).flatMap((event): MessageStreamEvent[] => {
    if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') return [event];
    return event.delta.text.split('').map((text) => ({ ...event, delta: { type: 'text_delta', text } }));
  });
  return events.map((_, index) => messageOf(events.slice(0, index + 1)));
}

export const search = {
  type: 'server_tool_use',
  id: 'srvtoolu_s',
  name: 'web_search',
  input: { query: 'tide' },
} as const;
export const found = {
  type: 'web_search_tool_result',
  tool_use_id: 'srvtoolu_s',
  content: [{ type: 'web_search_result', url: 'u', title: 't', page_age: null, encrypted_content: 'e' }],
} as const;
export const redacted = { type: 'redacted_thinking', data: 'EmwKAhgB' } as const;
export const fallback = { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } } as const;
/** A call that runs code at the API. */
export const code = {
  type: 'server_tool_use',
  id: 'srvtoolu_c',
  name: 'code_execution',
  input: { code: 'x' },
} as const;
/** The field of a call that this code made. */
export const byCode = { caller: { type: 'code_execution_20260120', tool_id: 'srvtoolu_c' } } as const;
/** The result of this code. */
export const ran = {
  type: 'code_execution_tool_result',
  tool_use_id: 'srvtoolu_c',
  content: { type: 'code_execution_tool_result_error', error_code: 'unavailable' },
} as const;

const cited = textBlock('It comes in at two. ', {
  citations: [
    { type: 'web_search_result_location', cited_text: '2:00', url: 'u', title: null, encrypted_index: 'Eo8B' },
  ],
});

/** Messages with everything that a message may have, to be interrupted anywhere. */
export const messages: readonly Message[] = [
  buildMessage({ content: [thinkingBlock('Hm.'), 'Hello \n', redacted, '👋🏽 you!  '] }),
  buildMessage({
    content: [thinkingBlock(''), '\n\n', 'Let me see.', search, found, cited, '\n', thinkingBlock('So')],
  }),
  buildMessage({ content: [thinkingBlock('Hm.'), 'I look.', toolUseBlock('a', { x: 1 }), toolUseBlock('b')] }),
  buildMessage({ content: ['I run it.', code, { ...search, ...byCode }, { ...found, ...byCode }, ran, 'Done.'] }),
  buildMessage({ content: ['One', search, thinkingBlock('a'), fallback, search, found, thinkingBlock('b'), 'Two'] }),
  buildMessage({ content: ['I wait.', code, { ...toolUseBlock('a'), ...byCode }], stop_reason: 'tool_use' }),
  buildMessage({ content: ['I go on.', search, found, { ...search, id: 's2' }], stop_reason: 'pause_turn' }),
  buildMessage({ content: [thinkingBlock('No.'), 'I can', search, found], stop_reason: 'refusal' }),
  buildMessage({ content: ['It is', toolUseBlock('a', { x: [1, 'two'] })], stop_reason: 'max_tokens' }),
];
