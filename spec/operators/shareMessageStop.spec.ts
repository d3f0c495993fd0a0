import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { finalMessage, ofType, shareMessage, streamMessage, type RunToolsEvent } from '../../src/index.js';
import { buildMessage, toolUseBlock } from '../../src/testing/index.js';
import { virtualClock } from '../source/support/clock.js';
import { useServers } from '../source/support/servers.js';
import { messageDelta } from '../support/events.js';
import { params } from '../tools/support/turns.js';
import { allEvents, b, e, live, m, rebuilt, s, z } from './support/sharedMessages.js';

const toolUse = messageDelta('tool_use');

describe('shareMessage, if the last subscriber unsubscribes at message_stop', () => {
  const start = useServers();

  it.each([
    ['a text', buildMessage({ content: 'Hello' })],
    ['a tool call', buildMessage({ content: [toolUseBlock('a')] })],
  ])('makes one request for three calls of firstValueFrom, for a message with %s', async (_, message) => {
    const server = await start([{ message }]);
    const answer$ = streamMessage(params, { apiKey: 'k', baseURL: server.url }).pipe(shareMessage());

    for (let call = 0; call < 3; call += 1) {
      expect(await firstValueFrom(answer$.pipe(finalMessage()))).toEqual(message);
    }
    expect(server.requests).toHaveLength(1);
  });

  it('keeps the complete message while the source has not completed', () => {
    const source = live();
    const seen: unknown[] = [];
    source.shared.pipe(ofType('message_stop')).subscribe().unsubscribe();
    const first = source.shared.subscribe((event) => {
      if (event.type === 'message_stop') first.unsubscribe();
    });
    source.emit(...allEvents);
    source.shared.subscribe((event) => seen.push(event));

    expect(seen).toEqual(rebuilt);
    expect(source.counts).toEqual({ requests: 2, aborted: 1 });
  });

  it('aborts a tool run that goes on, after 50 ms', () => {
    const clock = virtualClock();
    const source = live<RunToolsEvent>({ scheduler: clock.scheduler });
    const first = source.shared.subscribe((event) => {
      if (event.type === 'message_stop') first.unsubscribe();
    });
    source.emit(s, b, e, toolUse, z);

    expect(source.counts.aborted).toBe(0);
    clock.advance(50);
    expect(source.counts.aborted).toBe(1);
    expect(clock.timers).toBe(0);
  });

  it('aborts a tool run at once if it unsubscribes later, while a tool runs', () => {
    const source = live<RunToolsEvent>();
    const first = source.shared.subscribe();
    source.emit(s, b, e, toolUse, z);
    first.unsubscribe();

    expect(source.counts.aborted).toBe(1);
  });

  it('aborts a run that has had a result, even after a message that asks for none', () => {
    const source = live<RunToolsEvent>();
    const first = source.shared.subscribe();
    const result = { type: 'tool_result', tool_use_id: 'a' } as const;
    source.emit(
      s,
      b,
      e,
      toolUse,
      z,
      { type: 'tool_result', tool_use_id: 'a', index: 0, name: 'a', result },
      s,
      b,
      e,
      m,
      z,
    );
    first.unsubscribe();

    expect(source.counts.aborted).toBe(1);
  });

  it('keeps a run that has ended', async () => {
    const source = live<RunToolsEvent>();
    const first = source.shared.subscribe((event) => {
      if (event.type === 'run_end') first.unsubscribe();
    });
    const end = {
      type: 'run_end',
      reason: 'end_turn',
      messages: [],
      usage: { input_tokens: 1, output_tokens: 1 },
      turns: 1,
    } as const;
    source.emit(s, b, e, m, z, end);
    source.complete();

    expect((await lastValueFrom(source.shared.pipe(toArray()))).at(-1)).toEqual(end);
    expect(source.counts).toEqual({ requests: 1, aborted: 0 });
  });
});
