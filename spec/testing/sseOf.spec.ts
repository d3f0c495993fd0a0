import { buildMessage, errorEvent, eventsOf, sseOf } from '../../src/testing/index.js';

describe('sseOf', () => {
  const events = [{ type: 'ping' }, { type: 'content_block_stop', index: 0 }];

  it('writes an event line, a data line and a blank line for each event', () => {
    expect(sseOf(events)).toBe(
      'event: ping\ndata: {"type":"ping"}\n\n' +
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    );
  });

  it('writes nothing for no events', () => {
    expect(sseOf([])).toBe('');
  });

  it('writes an error event', () => {
    expect(sseOf([errorEvent('overloaded_error', 'Overloaded')])).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    );
  });

  it('can end lines with CR LF', () => {
    expect(sseOf([{ type: 'ping' }], { crlf: true })).toBe('event: ping\r\ndata: {"type":"ping"}\r\n\r\n');
  });

  it('can omit the event lines', () => {
    expect(sseOf(events, { eventLines: false })).toBe(
      'data: {"type":"ping"}\n\ndata: {"type":"content_block_stop","index":0}\n\n',
    );
  });

  it('can pad the data as the API does', () => {
    expect(sseOf([{ type: 'ping' }], { padding: 3 })).toBe('event: ping\ndata: {"type":"ping"   }\n\n');
  });

  it('writes a string unchanged', () => {
    expect(sseOf([': hello\n\n', { type: 'ping' }, 'data: {oops\n\n'], { crlf: true, padding: 2 })).toBe(
      ': hello\n\nevent: ping\r\ndata: {"type":"ping"  }\r\n\r\ndata: {oops\n\n',
    );
  });

  it('escapes line feeds of a text inside the data line', () => {
    const text = sseOf(eventsOf(buildMessage({ content: 'one\r\n\ntwo' })));
    expect(text.split('\n').filter((line) => !/^(event: .+|data: \{.+\}|)$/.test(line))).toStrictEqual([]);
  });

  it.each([-1, 0.5, NaN, Infinity])('throws if padding is %p', (padding) => {
    expect(() => sseOf([], { padding })).toThrow(
      new RangeError(`sseOf: padding must be an integer of at least 0, got ${padding}.`),
    );
  });
});
