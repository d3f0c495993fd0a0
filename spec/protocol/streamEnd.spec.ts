import { StreamEnd, type StreamKind } from '../../src/protocol/streamEnd.js';
import { messageDelta, messageStart, messageStop } from '../support/events.js';

const progress = { type: 'tool_progress' };
const result = { type: 'tool_result' };
const runEnd = { type: 'run_end' };
const runPaused = { type: 'run_paused' };
const stopped = (reason: 'tool_use' | 'pause_turn' | 'end_turn') => [messageStart(), messageDelta(reason), messageStop];

describe('StreamEnd', () => {
  it.each([
    ['nothing', [], 'complete', false],
    ['an answer', stopped('end_turn'), 'complete', false],
    ['a call', stopped('tool_use'), 'waiting', false],
    ['a pause', stopped('pause_turn'), 'waiting', false],
    ['a stop reason in message_start', [messageStart({ stop_reason: 'tool_use' }), messageStop], 'waiting', false],
    ['a later message_delta without a stop reason', [...stopped('tool_use'), messageDelta(null)], 'waiting', false],
    ['a call and progress', [...stopped('tool_use'), progress], 'waiting', true],
    ['an answer after a result', [...stopped('tool_use'), result, ...stopped('end_turn')], 'waiting', true],
    ['a run', [...stopped('tool_use'), result, ...stopped('end_turn'), runEnd], 'complete', false],
    ['a run that max_turns ended', [...stopped('tool_use'), result, runEnd], 'complete', false],
    ['a run that has paused', [...stopped('tool_use'), result, runPaused], 'complete', false],
    ['a run that has paused at once', [...stopped('tool_use'), runPaused], 'complete', false],
    ['a run that was resumed and has ended', [result, runPaused], 'complete', false],
    ['a call after a run', [result, runEnd, ...stopped('tool_use')], 'waiting', false],
  ] as const)('after %s', (_, events, stage, needsRunEnd) => {
    const end = new StreamEnd('run');
    for (const event of events) end.add(event);

    expect(end.stage(true)).toBe(stage);
    expect(end.needsRunEnd).toBe(needsRunEnd);
  });

  it.each<StreamKind>(['run', 'message'])('is open while the message is incomplete: %s', (kind) => {
    expect(new StreamEnd(kind).stage(false)).toBe('open');
  });

  it.each([
    ['its tools', [result], 'waiting'],
    ['its tools and a message that is open', [result, messageStart()], 'open'],
  ] as const)('of a run that was resumed, after %s', (_, events, stage) => {
    const end = new StreamEnd('run');
    for (const event of events) end.add(event);

    expect(end.stage(false)).toBe(stage);
  });

  it('of a single message is complete after a call, but not inside a run', () => {
    const end = new StreamEnd('message');
    for (const event of stopped('tool_use')) end.add(event);

    expect(end.stage(true)).toBe('complete');

    end.add(result);

    expect(end.stage(true)).toBe('waiting');
  });
});
