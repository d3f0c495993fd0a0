import { eventsOf, sseOf } from '../../src/testing/index.js';
import { ask, bytes, insideEmoji, message, never, read, serve, sse, closeServers } from './support/server.js';

afterEach(closeServers);

describe('a fault', () => {
  const positions = [0, 1, insideEmoji, 500, bytes.length - 1, bytes.length];

  it.each(positions)('can end the body after %p bytes', async (cutAtByte) => {
    const server = await serve([
      { message, cutAtByte },
      { message, cutAtByte, chunkBytes: 11 },
      { message, cutAtByte, gzip: true },
    ]);
    for (const response of [await ask(server), await ask(server), await ask(server)]) {
      const { received, ending } = await read(response);
      expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, cutAtByte)));
      expect(ending).toBe('end');
    }
  });

  describe.each([
    ['disconnectAtByte', { name: 'TypeError', message: 'terminated' }],
    ['resetAtByte', { message: 'terminated', cause: { code: 'ECONNRESET' } }],
  ] as const)('%s', (option, expectedEnding) => {
    it.each(positions)('ends the connection after %p bytes, however they are sent', async (position) => {
      const fault = { message, [option]: position };
      const server = await serve([fault, { ...fault, chunkBytes: 11 }, { ...fault, gzip: true }]);
      for (const count of [1, 2, 3]) {
        const response = await ask(server);
        const { received, ending } = await read(response);
        const request = await server.request(count);
        await request.closed;

        expect(response.status).toBe(200);
        expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, position)));
        expect(ending).toMatchObject(expectedEnding);
        expect(request.hungUp).toBe(false);
      }
    });
  });

  it.each(positions)('can stall after %p bytes', async (stallAtByte) => {
    const server = await serve({ message, stallAtByte });
    const { received, ending, reader } = await read(await ask(server), stallAtByte);
    const request = await server.request();

    expect(received).toStrictEqual(Buffer.from(bytes.subarray(0, stallAtByte)));
    expect(ending).toBe('reading');
    expect(server.openConnections).toBe(1);

    await reader.cancel();
    await request.closed;
    expect(request.hungUp).toBe(true);
    expect(server.openConnections).toBe(0);
  });

  it('does not discard bytes that were sent, even if the client is busy', async () => {
    const server = await serve(({ body }) => ({ message, ...(body as { disconnectAtByte: number }) }));
    const answers = Array.from({ length: 40 }, async (_, i) => {
      const disconnectAtByte = 100 + i * 7;
      const { received } = await read(await ask(server, { stream: true, disconnectAtByte }));
      return received.length - disconnectAtByte;
    });

    expect(await Promise.all(answers)).toStrictEqual(answers.map(() => 0));
  });

  it.each([
    ['close', 'UND_ERR_SOCKET'],
    ['reset', 'ECONNRESET'],
  ] as const)('can be a %s instead of a response', async (noResponse, code) => {
    const server = await serve([{ noResponse }, { message, noResponse, delayMs: never }]);

    await expect(ask(server)).rejects.toMatchObject({ message: 'fetch failed', cause: { code } });
    const request = await server.request();
    await request.closed;
    expect([request.hungUp, server.openConnections]).toStrictEqual([false, 0]);

    const leaving = new AbortController();
    const second = ask(server, {}, { signal: leaving.signal });
    await server.request(2);
    expect(server.openConnections).toBe(1);
    leaving.abort();
    await expect(second).rejects.toThrow('aborted');
  });

  it('can be an infinite stream of pings', async () => {
    const server = await serve(() => ({
      events: (function* () {
        yield* eventsOf(message, { cutAt: 2 });
        for (;;) yield { type: 'ping' };
      })(),
    }));
    const begin = sseOf(eventsOf(message, { cutAt: 2 }));
    const { received, ending, reader } = await read(await ask(server), 5000);

    expect(ending).toBe('reading');
    expect(received.toString()).toMatch(/(event: ping\ndata: {"type":"ping"}\n\n){20}/);
    expect(received.toString().startsWith(begin)).toBe(true);

    await reader.cancel();
    const request = await server.request();
    await request.closed;
    expect(request.hungUp).toBe(true);
  });

  it('has no effect after the end of the body', async () => {
    const beyond = bytes.length + 1;
    const server = await serve([
      { message, cutAtByte: beyond },
      { message, disconnectAtByte: beyond },
      { message, resetAtByte: beyond },
      { message, stallAtByte: beyond },
    ]);
    for (const response of [await ask(server), await ask(server), await ask(server), await ask(server)]) {
      expect(await response.text()).toBe(sse);
    }
  });

  it.each([
    ['cutAtByte', 'end'],
    ['disconnectAtByte', { cause: { code: 'UND_ERR_SOCKET' } }],
    ['resetAtByte', { cause: { code: 'ECONNRESET' } }],
    ['stallAtByte', 'reading'],
  ])('is the one with the lowest position: %s', async (first, expected) => {
    const others = { cutAtByte: 20, disconnectAtByte: 20, resetAtByte: 20, stallAtByte: 20 };
    const server = await serve({ message, ...others, [first]: 10 });
    const { received, ending, reader } = await read(await ask(server), first === 'stallAtByte' ? 10 : Infinity);
    await reader.cancel().catch(() => undefined);

    expect([received.length, { ending }]).toMatchObject([10, { ending: expected }]);
  });
});
