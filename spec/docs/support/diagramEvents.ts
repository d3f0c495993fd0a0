/** What the letters of diagrams stand for. */
import { concatMap, defer, type Observable } from 'rxjs';
import { APIConnectionError, type MessageStreamEvent } from '../../../src/index.js';
import {
  blockStart,
  blockStop,
  inputJsonDelta,
  messageDelta,
  messageStart,
  textDelta,
  messageStop,
  ping,
} from '../../support/events.js';

export const has = (fields: object): unknown => expect.objectContaining(fields);
export const text = { type: 'text', text: '' };
export const lost = new APIConnectionError('The connection was lost.');
export const events = {
  s: messageStart(),
  b: blockStart(0, text),
  d: textDelta('Hi'),
  e: blockStop(),
  m: messageDelta(),
  z: messageStop,
  p: ping,
};
export const calls = {
  ...events,
  s: blockStart(0, { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} }),
  a: inputJsonDelta('{"city":"Pa'),
  b: inputJsonDelta('ris"}'),
};
export const jsonAnswer = (a: string, b: string) => ({ ...events, a: textDelta(a), b: textDelta(b) });
/** The start of an answer in the specs of JSON also opens its block. */
export const opening = (source: Observable<MessageStreamEvent>) =>
  source.pipe(concatMap((event) => (event.type === 'message_start' ? [event, blockStart(0, text)] : [event])));

/** Adds the start of the message, which the picture omits. */
export function started(source: Observable<MessageStreamEvent>): Observable<MessageStreamEvent> {
  return source.pipe(concatMap((event) => (event.type === 'content_block_start' ? [messageStart(), event] : [event])));
}

/** Gives each block of a message the next index, since a letter of a picture always is the same event. */
export function numbered(source: Observable<MessageStreamEvent>): Observable<MessageStreamEvent> {
  return defer(() => {
    let index = -1;
    return source.pipe(
      concatMap((event) => {
        if (!('index' in event)) return [event];
        if (event.type === 'content_block_start') index++;
        return [{ ...event, index }];
      }),
    );
  });
}
