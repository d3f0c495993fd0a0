import type { MessageStreamEvent } from 'rxjs-anthropic';
import { bytesUntil, type Fault } from './faults.js';
import type { Mode } from './modes.js';
import { arrivedOf, completeWireOf, type Attempt } from './fakeApi.js';
import { textOfEvents, type Answer } from './streams.js';

/** How a stream should end. */
export interface Expected {
  readonly ended: 'complete' | 'error';
  /** The requests that should be made. */
  readonly kinds: readonly Attempt['kind'][];
}

/** Returns how a stream with one fault in its first request should end, by the rules of each mode; undefined for several faults. */
export function expectedOf(answer: Answer, mode: Mode, faults: readonly Fault[]): Expected | undefined {
  const [fault] = faults;
  if (fault === undefined || faults.length > 1) return undefined;
  const wire = completeWireOf(answer);
  const arrived = arrivedOf(wire, bytesUntil(fault, wire));
  const has = (type: MessageStreamEvent['type']): boolean => arrived.some((event) => event.type === type);
  if (has('message_stop')) return { ended: 'complete', kinds: ['first'] };

  const retried: Expected = { ended: 'complete', kinds: ['first', 'retry'] };
  const failed: Expected = { ended: 'error', kinds: ['first'] };
  if (mode === 'none') return failed;
  if (mode === 'restart' || !arrived.some(hasContent)) return retried;
  const tools = arrived.filter((event) => event.type === 'content_block_stop' && isToolUse(answer, event.index));
  const canContinue = textOfEvents(arrived).trim() !== '' && tools.length === 0 && !has('message_delta');
  if (canContinue) return { ended: 'complete', kinds: ['first', 'continuation'] };
  return mode === 'continue' ? failed : retried;
}

function isToolUse({ message }: Answer, index: number): boolean {
  return message.content[index]?.type === 'tool_use';
}

function hasContent(event: MessageStreamEvent): boolean {
  if (event.type === 'content_block_start') return !['text', 'thinking'].includes(event.content_block.type);
  return event.type === 'content_block_delta';
}
