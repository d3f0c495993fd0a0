import fc from 'fast-check';
import type { AnyEvent } from '../../../src/index.js';
import {
  blockDelta,
  blockStart,
  blockStop,
  messageDelta,
  messageStart,
  messageStop,
  ping,
} from '../../support/events.js';

/** Any text: line breaks of every kind, control characters, halves of surrogate pairs. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    '\r',
    '\n',
    '\r\n',
    '\u2028',
    '\u2029',
    '\u0085',
    '\0',
    '\ufeff',
    'data: x\n\n',
    '"\\',
    '\ud83d',
    '\ude00',
  ),
  fc.array(fc.nat(0xffff), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);

/** Fields that a newer server may add. */
const newFields = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 4 }).map((name) => `new_${name}`),
    fc.jsonValue({ maxDepth: 2 }),
    {
      maxKeys: 2,
    },
  ),
);

const delta = (type: string, field: string) =>
  fc.tuple(text, newFields).map(([value, fields]): object => ({ type, [field]: value, ...fields }));

const jsonDelta = delta('input_json_delta', 'partial_json');

/** The blocks that a message can have, each with the deltas that it accepts. */
const BLOCKS: readonly (readonly [block: object, deltas: fc.Arbitrary<object>])[] = [
  [{ type: 'text', text: '' }, delta('text_delta', 'text')],
  [
    { type: 'thinking', thinking: '', signature: '' },
    fc.oneof(
      delta('thinking_delta', 'thinking'),
      delta('signature_delta', 'signature'),
      fc
        .tuple(delta('thinking_delta', 'thinking'), fc.option(fc.nat()))
        .map(([fields, estimated_tokens]) => ({ ...fields, estimated_tokens })),
    ),
  ],
  [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }, jsonDelta],
  [{ type: 'new_block' }, delta('new_delta', 'value')],
];

/** Events that may be anywhere: pings, and those of a newer server. */
const other: fc.Arbitrary<AnyEvent> = fc.oneof(
  fc.constant(ping),
  newFields.map((fields) => ({ type: 'new_event', ...fields })),
);

function block(index: number): fc.Arbitrary<AnyEvent[]> {
  return fc.constantFrom(...BLOCKS).chain(([start, deltas]) => {
    const inside = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.tuple(deltas, newFields).map(([one, fields]) => ({ ...blockDelta(index, one), ...fields })),
      },
      other,
    );
    return fc
      .tuple(newFields, fc.array(inside, { maxLength: 8 }))
      .map(([fields, events]) => [blockStart(index, { ...start, ...fields }), ...events, blockStop(index)]);
  });
}

/** The events of any complete message. */
export const messageStream: fc.Arbitrary<AnyEvent[]> = fc
  .tuple(newFields, fc.nat(3), newFields, fc.array(other, { maxLength: 2 }))
  .chain(([opening, blocks, closing, others]) =>
    fc
      .tuple(...Array.from({ length: blocks }, (_, index) => block(index)))
      .map((events) => [
        messageStart(opening),
        ...events.flat(),
        { ...messageDelta('end_turn'), ...closing },
        ...others,
        messageStop,
      ]),
  );
