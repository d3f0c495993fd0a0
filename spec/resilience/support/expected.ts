import type { MessageStreamEvent } from 'rxjs-anthropic';
import { bytesUntil, type Fault } from './faults.js';
import type { Mode } from './modes.js';
import { arrivedOf, wholeWireOf, type Attempt } from './playedApi.js';
import { textOfEvents, type Answer } from './streams.js';

/** What is to come of a stream. */
export interface Expected {
  readonly ended: 'complete' | 'error';
  /** The requests that are made for it. */
  readonly kinds: readonly Attempt['kind'][];
}

/** Says what is to come of one fault in the first request, by the rules of each mode. Of several it says nothing. */
export function expectedOf(answer: Answer, mode: Mode, faults: readonly Fault[]): Expected | undefined {
  const [fault] = faults;
  if (fault === undefined || faults.length > 1) return undefined;
  const wire = wholeWireOf(answer);
  const arrived = arrivedOf(wire, bytesUntil(fault, wire));
  const has = (type: MessageStreamEvent['type']): boolean => arrived.some((event) => event.type === type);
  if (has('message_stop')) return { ended: 'complete', kinds: ['first'] };

  const again: Expected = { ended: 'complete', kinds: ['first', 'retry'] };
  const given: Expected = { ended: 'error', kinds: ['first'] };
  if (mode === 'none') return given;
  if (mode === 'restart' || !arrived.some(bringsContent)) return again;
  const tools = arrived.filter((event) => event.type === 'content_block_stop' && isToolUse(answer, event.index));
  const canGoOn = textOfEvents(arrived).trim() !== '' && tools.length === 0 && !has('message_delta');
  if (canGoOn) return { ended: 'complete', kinds: ['first', 'continuation'] };
  return mode === 'continue' ? given : again;
}

function isToolUse({ message }: Answer, index: number): boolean {
  return message.content[index]?.type === 'tool_use';
}

function bringsContent(event: MessageStreamEvent): boolean {
  if (event.type === 'content_block_start') return !['text', 'thinking'].includes(event.content_block.type);
  return event.type === 'content_block_delta';
}
