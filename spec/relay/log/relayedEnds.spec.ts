/** How the end of a recorded stream is sent to clients. */
import { lastValueFrom, take } from 'rxjs';
import { fromResponse, type AnyEvent } from '../../../src/index.js';
import { memoryEventLog, recordTo, resumeFrom, toServerSentEvents } from '../../../src/relay/index.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../../src/testing/index.js';
import { outcomeOf } from '../../source/support/outcome.js';
import { framesOf } from '../support/frames.js';
import { Generation } from '../support/generation.js';
import { settle } from './support/manualScheduler.js';

/** A message that a tool run would continue, but which is complete in itself. */
const toolUse = eventsOf(buildMessage({ content: ['Let me look.', toolUseBlock('f', { x: 1 })] }));
const run: readonly AnyEvent[] = [...toolUse, { type: 'tool_result' }, ...toolUse.slice(0, 1)];

const read = (frames: readonly string[]) =>
  outcomeOf(fromResponse(new Response(frames.join(''), { headers: { 'content-type': 'text/event-stream' } })));

describe('a message that ends with a tool call', () => {
  it('is complete for the client that generates it, for another one, and for one that comes later', async () => {
    const log = memoryEventLog();
    const generation = new Generation();
    const clients = [
      framesOf(generation.events$.pipe(recordTo(log, 'a'), toServerSentEvents())),
      framesOf(generation.events$.pipe(recordTo(log, 'a'), toServerSentEvents())),
    ];
    await generation.started;
    for (const event of toolUse) {
      generation.emit(event);
      await settle();
    }
    generation.complete();
    clients.push(framesOf(resumeFrom(log, 'a').pipe(toServerSentEvents())));

    for (const frames of await Promise.all(clients)) {
      expect(await read(frames)).toMatchObject({ values: toolUse, ended: 'completed' });
    }
  });

  it.each([toolUse.length - 1, run.length - 1, run.length])(
    'is incomplete if the stream is cut elsewhere: after %d events',
    async (count) => {
      const log = memoryEventLog();
      const generation = new Generation();
      const frames = framesOf(
        generation.events$.pipe(recordTo(log, 'a'), take(count), toServerSentEvents({ ids: false })),
      );
      await generation.started;
      generation.emit(...run);

      expect((await frames).at(-1)).toMatch(/^event: error\n/);
      expect(await lastValueFrom(resumeFrom(log, 'a').pipe(take(1)))).toEqual(run[0]);

      generation.complete();
    },
  );
});

describe('a tool run that pauses', () => {
  it.each([
    ['after a message', toolUse],
    ['after its tools, because it was resumed', [{ type: 'tool_result' }]],
    ['at once, because it was resumed', []],
  ])('is complete for every client: %s', async (_, before) => {
    const log = memoryEventLog();
    const generation = new Generation();
    const events: readonly AnyEvent[] = [...before, { type: 'run_paused' }];
    const first = framesOf(generation.events$.pipe(recordTo(log, 'a'), toServerSentEvents()));
    await generation.started;
    generation.emit(...events);
    generation.complete();

    for (const frames of [await first, await framesOf(resumeFrom(log, 'a').pipe(toServerSentEvents()))]) {
      expect(await read(frames)).toMatchObject({ values: events, ended: 'completed' });
    }
  });
});
