import { expectTypeOf } from 'expect-type';
import { isEvent, isTyped } from '../../src/api/events.js';
import type { AnyEvent } from '../../src/index.js';
import { blockStop, ping } from '../support/events.js';

it.each<[unknown, boolean]>([
  [ping, true],
  [{ type: '' }, true],
  [Object.create({ type: 'inherited' }), true],
  [{ type: 1 }, false],
  [{}, false],
  [[], false],
  ['ping', false],
  [null, false],
  [undefined, false],
])('isTyped of %p is %p', (value, expected) => {
  expect(isTyped(value)).toBe(expected);
});

it('isEvent compares the type, and narrows', () => {
  const event: AnyEvent = blockStop(3);

  expect(isEvent(event, 'ping')).toBe(false);
  expect(isEvent(event, 'content_block_stop')).toBe(true);
  if (isEvent(event, 'content_block_stop')) expectTypeOf(event.index).toBeNumber();
});
