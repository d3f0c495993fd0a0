/** `after` of a reply, with the server and with `messagesFetch`, which share the script. */
import {
  buildMessage,
  eventsOf,
  messagesFetch,
  sseOf,
  startMessagesServer,
  thinkingBlock,
  type Reply,
  type ReplyEnding,
} from '../../src/testing/index.js';
import { ask, closeServers, message, read, serve, sse } from './support/server.js';

afterEach(closeServers);

const clients = [
  ['startMessagesServer', async (reply: Reply) => ask(await serve(reply))],
  [
    'messagesFetch',
    (reply: Reply) => messagesFetch(reply)('/v1/messages', { method: 'POST', body: '{"stream":true}' }),
  ],
] as const;

describe.each(clients)('%s', (_, respond) => {
  const { length } = eventsOf(message);

  it.each([0, 1, 3, length])('ends the response after %p events', async (event) => {
    for (const others of [{}, { chunkBytes: 7 }, { gzip: true }]) {
      const { received, ending } = await read(await respond({ message, after: { event, then: 'end' }, ...others }));

      expect(received.toString()).toBe(sseOf(eventsOf(message, { cutAt: event })));
      expect(ending).toBe('end');
    }
  });

  it.each<[ReplyEnding['then'], string]>([
    ['disconnect', 'UND_ERR_SOCKET'],
    ['reset', 'ECONNRESET'],
  ])('can %s', async (then, code) => {
    const { received, ending } = await read(await respond({ message, after: { event: 4, then } }));

    expect(received.toString()).toBe(sseOf(eventsOf(message, { cutAt: 4 })));
    expect(ending).toMatchObject({ message: 'terminated', cause: { code } });
  });

  it('can stall', async () => {
    const expected = sseOf(eventsOf(message, { cutAt: 4 }));
    const response = await respond({ message, after: { event: 4, then: 'stall' } });
    const { received, ending, reader } = await read(response, expected.length);
    await reader.cancel();

    expect(received.toString()).toBe(expected);
    expect(ending).toBe('reading');
  });

  it.each(['Hello', 'H', 'world', 'Hello, wor', 'ld!', '!'])('ends after the event that completes %p', async (text) => {
    const message = buildMessage({ content: [thinkingBlock('Hello, world!'), 'Hello, ', 'world!', 'Bye.'] });
    const { received } = await read(await respond({ message, after: { text, then: 'end' } }));
    const shown = [...received.toString().matchAll(/"text_delta","text":"([^"]*)"/g)]
      .map(([, delta]) => delta)
      .join('');
    const all = eventsOf(message).map((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
    );
    const expected = all
      .slice(
        0,
        all.findIndex((_, i) =>
          all
            .slice(0, i + 1)
            .join('')
            .includes(text),
        ) + 1,
      )
      .join('');

    expect(shown).toBe(expected);
    expect(shown).not.toBe('');
  });

  it('counts the items of events, also if they are text', async () => {
    const events = [': comment\n\n', { type: 'ping' }, 'data: {oops\n\n'];
    const { received } = await read(await respond({ events, after: { event: 2, then: 'end' } }));

    expect(received.toString()).toBe(': comment\n\nevent: ping\ndata: {"type":"ping"}\n\n');
  });

  it('does not end a reply whose events never have that text, or that is not events', async () => {
    const never = { text: 'never', then: 'reset' } as const;

    expect(await (await respond({ events: eventsOf(message), after: never })).text()).toBe(sse);
    expect(await (await respond({ body: 'text', after: never })).text()).toBe('text');
  });

  it('does not apply if a position in bytes is reached before', async () => {
    const { received, ending } = await read(
      await respond({ message, cutAtByte: 10, after: { event: 1, then: 'reset' } }),
    );

    expect([received.length, ending]).toEqual([10, 'end']);
  });
});

it.each<[object, string]>([
  [{ event: 1 }, "after.then must be one of 'end', 'disconnect', 'reset', 'stall', got object"],
  [{ event: 1, then: 'crash' }, "after.then must be one of 'end', 'disconnect', 'reset', 'stall', got 'crash'"],
  [{ then: 'end' }, 'after must have either an event'],
  [{ event: 1, text: 'a', then: 'end' }, 'after must have either an event'],
  [{ event: -1, then: 'end' }, 'after must have either an event'],
  [{ text: '', then: 'end' }, 'after must have either an event'],
  [{ text: 'Goodbye', then: 'end' }, 'after.text is not in the text of the message: "Goodbye"'],
  [{ event: 99, then: 'end' }, 'after.event is 99, but the message has 8 events'],
])('%j is refused', async (after, reason) => {
  expect(() => messagesFetch({ message, after } as Reply)).toThrow(`messagesFetch: ${reason}`);
  await expect(startMessagesServer([{}, { message, after } as Reply])).rejects.toThrow(
    `startMessagesServer: ${reason}`,
  );
});
