import { finalText, fromResponse, serverSentEvents, type ServerSentEvent } from '../../src/index.js';
import { createSseDecoder } from '../../src/source/sseDecoder.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { bytesOf, eventStream } from './support/bodies.js';
import { errorOf, outcomeOf } from './support/outcome.js';

/** Decodes a text in chunks of so many bytes. */
function decode(text: string, chunkLength: number): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const decoder = createSseDecoder((event) => events.push(event));
  const bytes = bytesOf(text);
  for (let at = 0; at < bytes.length; at += chunkLength) decoder.push(bytes.slice(at, at + chunkLength));
  decoder.flush();
  return events;
}

const failed = { event: 'error', data: '' };

describe('an error event without data', () => {
  it.each<[string, string, ServerSentEvent[]]>([
    ['alone', 'event: error\n\n', [failed]],
    ['without a space', 'event:error\n\n', [failed]],
    ['between others', 'data: a\n\nevent: error\n\ndata: b\n\n', [{ data: 'a' }, failed, { data: 'b' }]],
    ['twice', 'event: error\n\n\nevent: error\n\n', [failed, failed]],
    ['after a comment', ': hi\nevent: error\n\n', [failed]],
    ['with an id', 'id: 7\nevent: error\n\n', [{ id: '7', ...failed }]],
    ['without its blank line', 'event: error\n', [{ ...failed, unterminated: true }]],
    ['without its line end', 'event: error', [{ ...failed, unterminated: true }]],
    ['that has data', 'event: error\ndata: x\n\n', [{ event: 'error', data: 'x' }]],
    ['of another name', 'event: errors\n\nevent: x\n\n', []],
    ['inside data', 'data: event: error\n\n', [{ data: 'event: error' }]],
    ['at the end of data', 'data: an event: error\n\n', [{ data: 'an event: error' }]],
  ])('%s, is read at every split', (_, text, events) => {
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const sent = text.replaceAll('\n', lineEnd);
      for (let length = 1; length <= sent.length; length += 1) expect(decode(sent, length)).toEqual(events);
    }
  });

  it('never ends half a message as a success', async () => {
    const events = eventsOf(buildMessage({ content: 'Half an answer' }), { deltaLength: 7 });
    const body = `${sseOf(events.slice(0, 3))}event: error\n\n${sseOf(events.slice(4))}`;

    expect(await errorOf(fromResponse(eventStream(body)).pipe(finalText()))).toMatchObject({
      name: 'APIConnectionError',
      message: 'The service behind the stream failed without giving a reason. Try again later.',
      partial: { content: [{ type: 'text', text: 'Half an' }] },
    });
  });

  it('is emitted by serverSentEvents', async () => {
    expect((await outcomeOf(serverSentEvents(eventStream('event: error\n\n')))).values).toEqual([failed]);
  });
});
