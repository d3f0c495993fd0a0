import * as fc from 'fast-check';
import { messageStreamEventSchema } from '../../src/schemas/index.js';
import { findShapeFault } from '../../src/protocol/eventShape.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';

const { validate } = messageStreamEventSchema['~standard'];

const events = [
  ...streams.flatMap((stream) => stream.events),
  ...eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), textBlock('Hello'), toolUseBlock('get', { a: [1] })] })),
];

/** Returns a copy of a value with one of its parts changed. */
function changed(value: unknown, path: readonly number[], to: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return to;
  const names = Object.keys(value);
  const name = names[step % Math.max(names.length, 1)];
  if (name === undefined) return to;
  const copy = (Array.isArray(value) ? value.slice() : { ...value }) as Record<string, unknown>;
  if (rest.length === 0 && to === undefined) Reflect.deleteProperty(copy, name);
  else copy[name] = changed(copy[name], rest, to);
  return copy;
}

describe('messageStreamEventSchema', () => {
  it('accepts the events of a stream unchanged, and unknown types', () => {
    for (const event of [
      ...events,
      { type: 'new' },
      { type: 'content_block_delta', index: 0, delta: { type: 'new' } },
    ]) {
      expect(validate(event)).toEqual({ value: event });
    }
  });

  it.each([
    [null, []],
    [{ type: 1 }, ['type']],
    [{ type: 'content_block_stop', index: -1 }, ['index']],
    [{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 1 } }, ['delta', 'text']],
    [
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'a' } },
      ['content_block', 'name'],
    ],
    [{ type: 'message_start', message: { id: 'a', content: [{}], usage: {} } }, ['message', 'content', 0, 'type']],
  ])('reports what is wrong with %j', async (event, path) => {
    const { issues = [] } = await validate(event);

    expect(issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('agrees with the sources, whatever is changed in an event', () => {
    const value = fc.constantFrom<unknown>(undefined, null, 1, -1, 0.5, 'text', true, [], {}, { type: 'text' }, [
      { type: 'x' },
    ]);
    fc.assert(
      fc.property(
        fc.nat(events.length - 1),
        fc.array(fc.nat(8), { minLength: 1, maxLength: 4 }),
        value,
        (at, path, to) => {
          const event = changed(events[at], path, to);
          fc.pre(typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string');
          const fault = findShapeFault(event as { readonly type: string });
          const { issues } = validate(event) as { readonly issues?: unknown };

          expect(fault === undefined).toBe(issues === undefined);
        },
      ),
      { seed: 1, numRuns: 5000 },
    );
  });

  it('is a Standard Schema', () => {
    expect(messageStreamEventSchema['~standard']).toMatchObject({ version: 1, vendor: 'rxjs-anthropic' });
  });
});
