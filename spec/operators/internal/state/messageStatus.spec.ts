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

const reconnect: AnyEvent = { type: 'message_reconnect' };

const block = (type: string, index = 0) => blockStart(index, { type });

describe('MessageStatusMachine', () => {
  it.each<[string, readonly AnyEvent[], readonly string[]]>([
    ['connects until a message starts', [ping, messageStart()], ['connecting', 'streaming']],
    ['thinks from the start of a thinking block', [block('thinking'), blockStop()], ['thinking', 'thinking']],
    ['thinks from the start of a redacted block', [block('redacted_thinking'), blockStop()], ['thinking', 'thinking']],
    ['streams while a text block is open', [block('text'), blockStop()], ['streaming', 'streaming']],
    ['calls a tool from the start of a tool_use', [block('tool_use'), blockStop()], ['tool', 'tool']],
    ['calls a tool from the start of a server_tool_use', [block('server_tool_use'), blockStop()], ['tool', 'tool']],
    ['calls a tool from the start of an mcp_tool_use', [block('mcp_tool_use'), blockStop()], ['tool', 'tool']],
    [
      'is not affected by a block of another type',
      [block('thinking'), block('news', 1), blockStop(1), blockStop()],
      ['thinking', 'thinking', 'thinking', 'thinking'],
    ],
    [
      'streams when a block of another type starts while no other is open',
      [block('thinking'), blockStop(), block('news', 1)],
      ['thinking', 'thinking', 'streaming'],
    ],
    [
      'does not change between calls, nor between a call of the API and its result',
      [
        ...[block('tool_use'), blockStop(), block('tool_use', 1), blockStop(1)],
        ...[block('server_tool_use', 2), blockStop(2), block('web_search_tool_result', 3), blockStop(3)],
        ...[block('mcp_tool_use', 4), blockStop(4), block('mcp_tool_result', 5), blockStop(5), messageDelta()],
      ],
      Array<string>(13).fill('tool'),
    ],
    [
      'has the status of the newest open block',
      [block('thinking'), block('tool_use', 1), block('text', 2), blockStop(1), blockStop(2), blockStop()],
      ['thinking', 'tool', 'streaming', 'streaming', 'thinking', 'thinking'],
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
    [
      'forgets open blocks after a restart, also if another stream follows before a message starts',
      [block('tool_use'), restart(), reconnect, { type: 'tool_progress' }],
      ['tool', 'retrying', 'reconnecting', 'streaming'],
    ],
    [
      'forgets open blocks when the message stops, also if another stream follows before a message starts',
      [block('tool_use'), messageStop, reconnect, { type: 'tool_progress' }],
      ['tool', 'done', 'reconnecting', 'streaming'],
    ],
  ])('%s', (_, events, expected) => {
    expect(statuses(events).slice(-expected.length)).toEqual(expected);
  });

  it.each(['tool_approval_required', 'tool_progress', 'tool_result', 'run_end', 'run_paused'])(
    'calls a tool again when a %s arrives after another stream has begun',
    (type) => {
      expect(statuses([messageStart(), reconnect, { type }], 'tool_use').slice(-2)).toEqual(['reconnecting', 'tool']);
      expect(statuses([messageStart(), reconnect, { type }], null).slice(-2)).toEqual(['reconnecting', 'streaming']);
    },
  );

  it('calls a tool when the message stops for one', () => {
    expect(statuses([messageStart(), messageStop], 'tool_use')).toEqual(['connecting', 'streaming', 'tool']);
    expect(statuses([messageStart(), messageStop], 'end_turn')).toEqual(['connecting', 'streaming', 'done']);
  });
});
