import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { toolInputStatus, type AnyEvent, type ToolUseBlock } from '../../src/index.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import { blockStart, blockStop, messageStart, messageStop, ping, textDelta } from '../support/events.js';
import { citation, messageDeltaWith, snapshotsOf } from './support/snapshots.js';

/** Returns the paths at which a newer value has a new reference although it equals the older one. */
function needlessCopies(older: unknown, newer: unknown, path = 'message'): string[] {
  if (older === newer || !isObject(older) || !isObject(newer)) return [];
  if (isDeepStrictEqual(older, newer) && statusOf(older) === statusOf(newer)) return [path];
  return Object.keys(newer).flatMap((key) => needlessCopies(older[key], newer[key], `${path}.${key}`));
}

/** Returns the input statuses of the calls in a value. Equal values with different statuses are different. */
function statusOf(value: object): string {
  if ('input' in value) return toolInputStatus(value as ToolUseBlock).state;
  return Object.values(value).filter(isObject).map(statusOf).join();
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

describe('accumulateMessage: snapshots', () => {
  describe('snapshots', () => {
    it('share the blocks that have not changed', async () => {
      const message = buildMessage({ content: [thinkingBlock('Hm.'), 'Hello', toolUseBlock('get', { a: 1 }), 'Bye'] });
      const snapshots = await snapshotsOf(eventsOf(message, { deltaLength: 2 }));
      const last = snapshots.at(-1);
      const withHello = snapshots.filter(({ content }) => content.length > 2);

      expect(withHello.length).toBeGreaterThan(5);
      for (const { content, usage } of withHello) {
        expect(content[0]).toBe(last?.content[0]);
        expect(content[1]).toBe(last?.content[1]);
        expect(usage === last?.usage).toBe(content.length > 3 && usage.output_tokens === message.usage.output_tokens);
      }
    });

    it('have a new reference wherever something changed', async () => {
      const snapshots = await snapshotsOf([
        messageStart(),
        blockStart(0, textBlock('')),
        textDelta('a'),
        textDelta('b'),
        messageStop,
      ]);
      const [, one, two, three] = snapshots;

      expect(new Set([one, two, three]).size).toBe(3);
      expect(new Set([one?.content, two?.content, three?.content]).size).toBe(3);
      expect(new Set([one?.content[0], two?.content[0], three?.content[0]]).size).toBe(3);
    });

    it('share the list of blocks when only the usage changed', async () => {
      const events = [
        messageStart(),
        blockStart(0, textBlock('a')),
        messageDeltaWith({}, { usage: { output_tokens: 5 } }),
        messageStop,
      ];
      const [, before, after] = await snapshotsOf(events);

      expect(after).not.toBe(before);
      expect(after?.content).toBe(before?.content);
    });

    it('are not emitted for events that change nothing, even if indexes were skipped', async () => {
      const snapshots = await snapshotsOf([
        messageStart(),
        blockStart(3, textBlock('a')),
        blockStop(3),
        ping,
        messageStop,
      ]);

      expect(snapshots).toHaveLength(3);
      expect(snapshots[2]).toBe(snapshots[1]);
    });

    it('are not emitted for a message_delta that changes nothing', async () => {
      const again = messageDeltaWith(
        { stop_reason: 'end_turn' },
        { usage: { server_tool_use: { web_search_requests: 1 } } },
      );
      const snapshots = await snapshotsOf([messageStart(), again, structuredClone(again), messageStop]);

      expect(snapshots).toHaveLength(3);
    });

    it('are emitted again on message_stop, by the same reference if nothing changed', async () => {
      const [last, before] = (await snapshotsOf(eventsOf(buildMessage({ content: 'Hello' })))).reverse();

      expect(last).toBe(before);
    });
  });

  describe('for any message', () => {
    const runs = { seed: 20_260_101, numRuns: 300 };
    const anyText = fc.string({
      unit: fc.oneof(fc.constantFrom('a', ' ', '\n', '😀', '👩‍👩‍👧', 'é', '"', '\\'), fc.string()),
      maxLength: 12,
    });
    // As JSON represents it: -0 becomes 0, and values that JSON.stringify omits are absent.
    const anyInput = fc
      .dictionary(fc.oneof(anyText, fc.constant('__proto__')), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
      .map((input) => JSON.parse(JSON.stringify(input)) as unknown);
    const anyBlock: fc.Arbitrary<AnyContentBlock> = fc.oneof(
      anyText.map((text) => textBlock(text)),
      fc
        .record({ text: anyText, quotes: fc.array(anyText, { maxLength: 3 }) })
        .map(({ text, quotes }) =>
          textBlock(text, { citations: quotes.map((cited_text) => ({ ...citation, cited_text })) }),
        ),
      fc.tuple(anyText, fc.string()).map(([thinking, signature]) => thinkingBlock(thinking, { signature })),
      fc.tuple(fc.string(), anyInput).map(([name, input]) => toolUseBlock(name, input)),
      fc.string().map((data) => ({ type: 'redacted_thinking', data })),
    );
    const anyMessage = fc
      .record({ content: fc.array(anyBlock, { maxLength: 4 }), output_tokens: fc.nat() })
      .map(({ content, output_tokens }) => buildMessage({ content, usage: { output_tokens } }));
    const anyCut = fc.record({
      deltaLength: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Infinity)),
      pingEvery: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(Infinity)),
    });

    it('accumulates to it, however its text is split into events', async () => {
      await fc.assert(
        fc.asyncProperty(anyMessage, anyCut, async (message, cut) => {
          const last = (await snapshotsOf(eventsOf(message, cut))).at(-1);

          expect(isDeepStrictEqual(last, message)).toBe(true);
        }),
        runs,
      );
    });

    it('emits distinct snapshots that share everything unchanged', async () => {
      await fc.assert(
        fc.asyncProperty(anyMessage, anyCut, async (message, cut) => {
          const snapshots = (await snapshotsOf(eventsOf(message, cut))).slice(0, -1);

          expect(new Set(snapshots).size).toBe(snapshots.length);
          for (const [i, newer] of snapshots.entries()) expect(needlessCopies(snapshots[i - 1], newer)).toEqual([]);
        }),
        runs,
      );
    });

    it('accumulates to it when its blocks interleave', async () => {
      await fc.assert(
        fc.asyncProperty(anyMessage, anyCut, fc.infiniteStream(fc.nat()), async (message, cut, picks) => {
          const events = interleaved(eventsOf(message, cut), picks);
          const snapshots = await snapshotsOf(events);

          expect(isDeepStrictEqual(snapshots.at(-1), message)).toBe(true);
          // A block that starts before others moves them: the block at an index is then a different one.
          const copies = snapshots.flatMap((newer, i) =>
            newer.content.length === snapshots[i - 1]?.content.length ? needlessCopies(snapshots[i - 1], newer) : [],
          );
          expect(copies).toEqual([]);
        }),
        runs,
      );
    });

    /** Interleaves the events of different blocks. The events of one block stay in order. */
    function interleaved(events: readonly AnyEvent[], picks: Iterator<number>): AnyEvent[] {
      const blocks = new Map<unknown, AnyEvent[]>();
      for (const event of events) {
        if (!('index' in event)) continue;
        blocks.set(event.index, [...(blocks.get(event.index) ?? []), event]);
      }
      const mixed: AnyEvent[] = [];
      for (let queues = [...blocks.values()]; queues.length > 0; queues = queues.filter(({ length }) => length > 0)) {
        const next = queues[(picks.next().value as number) % queues.length]?.shift();
        if (next !== undefined) mixed.push(next);
      }
      const others = events.filter((event) => !('index' in event));
      return [...others.slice(0, 1), ...mixed, ...others.slice(1)];
    }
  });
});
