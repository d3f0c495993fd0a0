import { MessageStatusMachine } from '../../../../src/operators/internal/state/messageStatus.js';
import type { AnyEvent, StopReason } from '../../../../src/index.js';
import {
  blockStart,
  blockStop,
  messageDelta,
  messageStart,
  messageStop,
  ping,
  restart,
  textDelta,
} from '../../../support/events.js';

/** The status before any event, and after each one. */
function statuses(events: readonly AnyEvent[], stopReason: StopReason | null = null): string[] {
  const machine = new MessageStatusMachine();
  return [
    machine.status,
    ...events.map((event) => {
      machine.accept(event, stopReason);
      return machine.status;
    }),
  ];
}

const block = (type: string, index = 0) => blockStart(index, { type });

describe('MessageStatusMachine', () => {
  it.each<[string, readonly AnyEvent[], readonly string[]]>([
    ['connects until a message starts', [ping, messageStart()], ['connecting', 'streaming']],
    ['thinks while a thinking block is open', [block('thinking'), blockStop()], ['thinking', 'streaming']],
    ['thinks while a redacted block is open', [block('redacted_thinking'), blockStop()], ['thinking', 'streaming']],
    ['streams while a text block is open', [block('text'), blockStop()], ['streaming', 'streaming']],
    ['calls a tool while a tool_use is open', [block('tool_use'), blockStop()], ['tool', 'streaming']],
    ['calls a tool while a server_tool_use is open', [block('server_tool_use'), blockStop()], ['tool', 'streaming']],
    ['calls a tool while an mcp_tool_use is open', [block('mcp_tool_use'), blockStop()], ['tool', 'streaming']],
    [
      'is not affected by a block of another type',
      [block('thinking'), block('news', 1), blockStop(1), blockStop()],
      ['thinking', 'thinking', 'thinking', 'streaming'],
    ],
    [
      'has the status of the newest open block',
      [block('thinking'), block('tool_use', 1), block('text', 2), blockStop(1), blockStop(2), blockStop()],
      ['thinking', 'tool', 'streaming', 'streaming', 'thinking', 'streaming'],
    ],
    [
      'does not change with other events',
      [block('thinking'), ping, textDelta('Hi'), messageDelta(), { type: 'news' }],
      ['thinking', 'thinking', 'thinking', 'thinking', 'thinking'],
    ],
    ['is done when the message stops', [block('text'), messageStop], ['streaming', 'done']],
    ['retries after a restart', [block('tool_use'), restart(), ping], ['tool', 'retrying', 'retrying']],
    [
      'forgets open blocks after a restart',
      [block('tool_use'), restart(), messageStart(), block('news', 1)],
      ['tool', 'retrying', 'streaming', 'streaming'],
    ],
    [
      'forgets open blocks when a message starts',
      [block('tool_use'), messageStop, messageStart(), block('news', 1)],
      ['tool', 'done', 'streaming', 'streaming'],
    ],
  ])('%s', (_, events, expected) => {
    expect(statuses(events).slice(-expected.length)).toEqual(expected);
  });

  it('calls a tool when the message stops for one', () => {
    expect(statuses([messageStart(), messageStop], 'tool_use')).toEqual(['connecting', 'streaming', 'tool']);
    expect(statuses([messageStart(), messageStop], 'end_turn')).toEqual(['connecting', 'streaming', 'done']);
  });
});
