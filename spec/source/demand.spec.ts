import type { Observable } from 'rxjs';
import {
  APIConnectionTimeoutError,
  APIUserAbortError,
  fromResponse,
  serverSentEvents,
  streamMessage,
  textDeltas,
  type ResponseOptions,
  type TimeoutOptions,
} from '../../src/index.js';
import { toAsyncIterable } from '../../src/bridge/toAsyncIterable.js';
import type { Demand } from '../../src/rx/demand.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { bytesOf, eventStream, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { settle, watch } from './support/outcome.js';
import { useServers } from './support/servers.js';
import { transports } from './support/transports.js';

const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const apiKey = 'sk-test';
const message = buildMessage({ content: 'Hello, world. How are you?' });
const events = eventsOf(message);
const frames = events.map((event) => sseOf([event]));
const [start = '', blockStart = '', delta = ''] = frames;
const minute = 60_000;

/** A demand that the spec opens and closes. */
function gate() {
  let pause: { readonly over: Promise<void>; readonly end: (error?: Error) => void } | undefined;
  const demand = {
    asked: 0,
    ready() {
      demand.asked += 1;
      return pause?.over;
    },
    close() {
      let end: (error?: Error) => void = () => undefined;
      const over = new Promise<void>((resolve, reject) => {
        end = (error) => {
          if (error === undefined) resolve();
          else reject(error);
        };
      });
      pause = { over, end };
    },
    /** Opens, or fails with an error. */
    async open(error?: Error) {
      pause?.end(error);
      pause = undefined;
      await settle();
    },
  };
  return demand;
}

/** A body of one frame a read, which counts the reads. */
function countedBody() {
  const rest = [...frames];
  const counted = { reads: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        counted.reads += 1;
        const frame = rest.shift();
        if (frame === undefined) controller.close();
        else controller.enqueue(bytesOf(frame));
      },
    },
    { highWaterMark: 0 },
  );
  return Object.assign(counted, { stream });
}

const sources: [string, (body: ReadableStream<Uint8Array>, options: ResponseOptions) => Observable<unknown>][] = [
  ['fromResponse', (body, options) => fromResponse(eventStream(body), options)],
  [
    'streamMessage',
    (body, options) => streamMessage(params, { apiKey, fetch: () => Promise.resolve(eventStream(body)), ...options }),
  ],
  [
    'serverSentEvents',
    (body, options) =>
      serverSentEvents('http://127.0.0.1', { fetch: () => Promise.resolve(eventStream(body)), ...options }),
  ],
];

describe.each(sources)('%s', (_, read) => {
  it('reads nothing until the demand resolves, and then continues', async () => {
    const demand = gate();
    const body = countedBody();
    demand.close();
    const seen = watch(read(body.stream, { demand }));
    await settle();

    expect(body.reads).toBe(0);

    await demand.open();

    expect(body.reads).toBe(frames.length + 1);
    expect(seen).toMatchObject({ values: { length: frames.length }, ended: 'completed' });
  });

  it('calls ready() before every read', async () => {
    const demand = gate();
    const body = countedBody();
    const seen = watch(read(body.stream, { demand }));
    await settle();

    expect(seen.ended).toBe('completed');
    expect(demand.asked).toBe(frames.length + 1);
  });

  it('pauses in the middle, after everything that was read has been emitted', async () => {
    const demand = gate();
    const body = countedBody();
    const waits: Demand = {
      ready() {
        if (body.reads === 2) demand.close();
        return demand.ready();
      },
    };
    const seen = watch(read(body.stream, { demand: waits }));
    await settle();

    expect(body.reads).toBe(2);
    expect(seen.values).toHaveLength(2);
    expect(seen.ended).toBeUndefined();
    seen.subscription.unsubscribe();
  });
});

/** A request whose answer the spec writes, in virtual time, by a demand that it opens and closes. */
async function converse(timeout: TimeoutOptions, options: ResponseOptions = {}) {
  const clock = virtualClock();
  const demand = gate();
  const body = writtenBody();
  const signals: AbortSignal[] = [];
  const source = fromResponse(
    (signal) => {
      signals.push(signal);
      return eventStream(body.stream);
    },
    { timeout, scheduler: clock.scheduler, demand, ...options },
  );
  const seen = watch(source);
  await settle();
  /** Sends bytes, after a wait. */
  const write = async (text: string, afterMs = 0) => {
    clock.advance(afterMs);
    body.write(text);
    await settle();
  };
  /** Sends bytes, and reads no further than them. */
  const writeLast = async (text: string, afterMs = 0) => {
    demand.close();
    await write(text, afterMs);
  };
  return { clock, demand, body, seen, write, writeLast, isAborted: () => signals[0]?.aborted };
}

describe('while reading is paused', () => {
  it.each<[string, TimeoutOptions, string, number]>([
    ['idleMs', { idleMs: 1000 }, delta, 1000],
    ['contentMs', { contentMs: 1000 }, delta, 1000],
    ['firstEventMs', { firstEventMs: 1000 }, ': comment\n\n', 1000],
    ['idleMs, before the first event', { idleMs: 1000 }, ': comment\n\n', 1000],
  ])('the clock of %s stands still, and then begins anew', async (name, timeout, last, ms) => {
    const { clock, demand, seen, write, writeLast } = await converse({ firstEventMs: Infinity, ...timeout });
    if (last === delta) await write(start + blockStart);
    await writeLast(last);
    clock.advance(100 * minute);

    expect(seen.ended).toBeUndefined();

    await demand.open();
    clock.advance(ms - 1);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(seen.error).toMatchObject({ timeout: name.split(',')[0], ms });
    expect(clock.timers).toBe(0);
  });

  it('the timeout after message_stop does not run, since another message may follow', async () => {
    const { clock, demand, seen, writeLast } = await converse({});
    const second = eventsOf({ ...message, id: 'msg_0002' });
    await writeLast(frames.join(''));
    clock.advance(100 * minute);

    expect(seen.ended).toBeUndefined();

    await demand.open();
    clock.advance(4999);
    await writeLast(sseOf(second));

    expect(seen.values).toEqual([...events, ...second]);

    await demand.open();
    clock.advance(5000);

    expect(seen.ended).toBe('completed');
    expect(clock.timers).toBe(0);
  });

  it('firstEventMs does not start again once an event has arrived', async () => {
    const { clock, demand, seen, writeLast } = await converse({ firstEventMs: 1000 });
    await writeLast(start);
    await demand.open();
    clock.advance(1000);

    expect(seen.ended).toBeUndefined();
    seen.subscription.unsubscribe();
  });

  it('totalMs continues to run', async () => {
    const { clock, seen, isAborted, writeLast } = await converse({ totalMs: 1000 });
    await writeLast(start);
    clock.advance(999);

    expect(seen.ended).toBeUndefined();

    clock.advance(1);

    expect(seen.error).toMatchObject({ name: 'APIConnectionTimeoutError', timeout: 'totalMs' });
    expect(isAborted()).toBe(true);
  });

  it('unsubscribing ends the request immediately, and the end of the pause has no effect', async () => {
    const { clock, demand, body, seen, isAborted, write, writeLast } = await converse({});
    await writeLast(start);
    seen.subscription.unsubscribe();

    expect([isAborted(), clock.timers]).toEqual([true, 0]);

    await settle();

    expect(body.isCancelled).toBe(true);

    const { asked } = demand;
    await demand.open();

    expect([clock.timers, demand.asked, seen.values.length]).toEqual([0, asked, 1]);
    await expect(write(blockStart)).rejects.toThrow(); // a body that was cancelled takes no more
  });

  it('an abort fails the stream immediately', async () => {
    const controller = new AbortController();
    const { clock, demand, body, seen, isAborted, writeLast } = await converse({}, { signal: controller.signal });
    await writeLast(start);
    controller.abort();

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    expect([isAborted(), clock.timers]).toEqual([true, 0]);

    await demand.open();

    expect([body.isCancelled, clock.timers]).toEqual([true, 0]);
  });

  it('a demand that rejects fails the stream, and ends the request', async () => {
    const failure = new Error('of the demand');
    const { clock, demand, body, seen, isAborted, writeLast } = await converse({});
    await writeLast(start);
    await demand.open(failure);

    expect(seen.error).toBe(failure);
    expect([isAborted(), body.isCancelled, clock.timers]).toEqual([true, true, 0]);
  });

  it('a demand that throws fails the stream, and ends the request', async () => {
    const failure = new Error('of the demand');
    const ready = () => {
      throw failure;
    };
    const { clock, seen, isAborted } = await converse({}, { demand: { ready } });

    expect(seen.error).toBe(failure);
    expect([isAborted(), clock.timers]).toEqual([true, 0]);
  });
});

describe.each(transports)('over a socket, with %s', (_, fetch) => {
  const serve = useServers();
  const piece = 'x'.repeat(16_384);
  const pieces = 1280; // 20 MiB

  /** A server of a long stream, that counts the events which it has come to write. */
  async function serveLong() {
    const counted = { written: 0 };
    const event = {
      ...{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } },
      toJSON() {
        counted.written += 1;
        return { ...event, toJSON: undefined };
      },
    };
    const [head, tail] = [events.slice(0, 2), events.slice(-3)];
    const server = await serve({
      events: [...head, ...Array<typeof event>(pieces).fill(event), ...tail],
      chunkBytes: 65_536,
    });
    return { counted, url: server.url, request: () => server.request() };
  }

  /** Waits until a count has stood still for so long that whoever was to raise it has had the time. */
  async function standstill(counted: { readonly written: number }) {
    let before = counted.written;
    for (let still = 0; still < 20; still += 1) {
      await settle();
      if (counted.written !== before) still = 0;
      before = counted.written;
    }
    return counted.written;
  }

  /** Takes the first piece of text, and then, when the server has come to rest, the others. */
  async function readSlowly(text: AsyncIterable<string>, counted: { readonly written: number }) {
    const iterator = text[Symbol.asyncIterator]();
    const first = await iterator.next();
    const written = await standstill(counted);
    let length = first.done === true ? 0 : first.value.length;
    for await (const piece of { [Symbol.asyncIterator]: () => iterator }) length += piece.length;
    return { written, length };
  }

  it('makes the server stop writing, and loses nothing when reading continues', async () => {
    const { counted, url } = await serveLong();
    const read = (demand: Demand) => streamMessage(params, { apiKey, baseURL: url, fetch, demand }).pipe(textDeltas());
    const text = toAsyncIterable(read, { whenFull: 'pause', highWaterMark: 2 });
    const { written, length } = await readSlowly(text, counted);

    expect(written).toBeLessThan(pieces * 0.75); // what the system keeps of a connection: some MiB
    expect(length).toBe(pieces * piece.length);
    expect(counted.written).toBe(pieces);
  });

  it('makes the server stop writing, and unsubscribing ends the request', async () => {
    const { counted, url, request } = await serveLong();
    const read = (demand: Demand) => streamMessage(params, { apiKey, baseURL: url, fetch, demand }).pipe(textDeltas());
    for await (const text of toAsyncIterable(read, { whenFull: 'pause', highWaterMark: 2 })) {
      await standstill(counted);
      if (text !== '') break;
    }
    const { closed } = await request();
    await closed;

    expect((await request()).hungUp).toBe(true);
    expect(counted.written).toBeLessThan(pieces * 0.75);
  });

  it('does not stop the server without a demand', async () => {
    const { counted, url } = await serveLong();
    const text = toAsyncIterable(streamMessage(params, { apiKey, baseURL: url, fetch }).pipe(textDeltas()));

    expect(await readSlowly(text, counted)).toEqual({ written: pieces, length: pieces * piece.length });
  });
});
