import fc from 'fast-check';
import { from, lastValueFrom, map, of, toArray } from 'rxjs';
import { fromResponse, messageEvents, type AnyEvent } from '../../src/index.js';
import { toResponse, toServerSentEvents } from '../../src/relay/index.js';
import { blockDelta, blockStart, messageStart, messageStop, restart, textDelta } from '../support/events.js';
import { run } from '../source/support/forwardedRuns.js';
import { messageStream } from './support/arbitraries.js';
import { dataOf, framesOf } from './support/frames.js';

/** The events that a client reads from a response with these events. */
async function crossed(events: readonly AnyEvent[]): Promise<readonly AnyEvent[]> {
  const response = await toResponse(from(events));
  return lastValueFrom(fromResponse(response).pipe(toArray<AnyEvent>()));
}

const SEED = { seed: 13, numRuns: 400 };

describe('events that cross', () => {
  it('are equal on the other side, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(messageStream, async (events) => {
        expect(await crossed(events)).toStrictEqual(events);
      }),
      SEED,
    );
  });

  it('are equal frame by frame, as data of server-sent events', async () => {
    await fc.assert(
      fc.asyncProperty(messageStream, async (events) => {
        const frames = await framesOf(from(events).pipe(toServerSentEvents({ ids: false })));

        expect(frames).toHaveLength(events.length);
        for (const frame of frames) expect(frame).toMatch(/^event: \w+\ndata: [^\r\n]*\n\n$/);
        expect(
          await lastValueFrom(
            from(frames).pipe(
              map((frame) => ({ data: JSON.stringify(dataOf(frame)) })),
              messageEvents(),
              toArray(),
            ),
          ),
        ).toStrictEqual(events);
      }),
      SEED,
    );
  });

  it('may be those of a tool run', async () => {
    expect(await crossed(run)).toStrictEqual(run);
  });

  it('may be own events, whose errors are public', async () => {
    const error = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { stack: 'at secret.ts' });
    const [first, ...others] = [messageStart(), messageStop];
    const reconnect = { type: 'message_reconnect', attempt: 2, delayMs: 5, error };
    const events = [first, restart({ error }), first, reconnect, { type: 'tool_result', name: 'f', error }, ...others];
    const publicError = { status: 500, type: 'api_error', message: 'The service failed.', retryable: false };

    expect(await crossed([...events, { type: 'run_end' }])).toStrictEqual(
      [...events, { type: 'run_end' }].map((event) => ('error' in event ? { ...event, error: publicError } : event)),
    );
  });

  it('are written from their text alone if they are plain deltas, and have the form of the API', () => {
    const deltas = [
      textDelta('a"\n\u2028\ud83d'),
      blockDelta(1, { type: 'thinking_delta', thinking: 'b' }),
      blockDelta(2, { type: 'input_json_delta', partial_json: '{"' }),
    ];
    const starts = [
      { type: 'text', text: '' },
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
    ].map((block, index) => blockStart(index, block));
    const stringify = jest.spyOn(JSON, 'stringify');
    const frames: string[] = [];
    of(messageStart(), ...starts, ...deltas, messageStop)
      .pipe(toServerSentEvents({ ids: false }))
      .subscribe((frame) => frames.push(frame));
    const converted = stringify.mock.calls.map(([value]: readonly unknown[]) => value);
    stringify.mockRestore();

    expect(frames.slice(4, 7)).toEqual(
      deltas.map((event) => `event: content_block_delta\ndata: ${JSON.stringify(event)}\n\n`),
    );
    expect(converted.filter((value) => typeof value === 'string')).toEqual(['a"\n\u2028\ud83d', 'b', '{"']);
  });

  it('lose only the fields that have no JSON form', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const progress = { type: 'tool_progress', name: 'f', value: circular };
    const end = { type: 'run_end', turns: 1, usage: 1n };

    expect(await crossed([messageStart(), messageStop, progress, end])).toStrictEqual([
      messageStart(),
      messageStop,
      { type: 'tool_progress', name: 'f' },
      { type: 'run_end', turns: 1 },
    ]);
  });
});
