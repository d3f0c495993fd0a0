import { PassThrough, Readable } from 'node:stream';
import { expectTypeOf } from 'expect-type';
import { take } from 'rxjs';
import {
  APIConnectionError,
  APIUserAbortError,
  AnthropicError,
  fromResponse,
  serverSentEvents,
  streamMessage,
  type FetchLike,
  type ResponseBody,
  type ResponseLike,
} from '../../src/index.js';
import { bodyOf, bytesOf } from './support/bodies.js';
import { apiKey, events, params, sse } from './support/greeting.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';

const whole = { values: events, ended: 'completed', error: undefined };

const headers = new Headers({ 'content-type': 'text/event-stream', 'request-id': 'req_1' });

/** The pieces of the greeting's body. Its characters of several bytes are cut. */
const pieces = Array.from({ length: Math.ceil(bytesOf(sse).length / 50) }, (_, i) =>
  bytesOf(sse).subarray(50 * i, 50 * (i + 1)),
);

async function* generated(chunks: readonly Uint8Array[], failure?: Error): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield* chunks;
  if (failure !== undefined) throw failure;
}

/** Every kind of body, with these pieces, and an error after them if there is one. */
const kinds: readonly [name: string, of: (chunks: readonly Uint8Array[], failure?: Error) => ResponseBody][] = [
  ['a ReadableStream', bodyOf],
  ['a Node stream', (chunks, failure) => Readable.from(generated(chunks, failure), { objectMode: false })],
  ['an async iterable', generated],
  [
    'an async iterable without return()',
    (chunks, failure) => {
      const source = generated(chunks, failure);
      return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
    },
  ],
];

describe.each(kinds)('%s', (_, of) => {
  it('is read by every source', async () => {
    const answer = (): ResponseLike => ({ status: 200, headers, body: of(pieces) });
    const fetch = () => Promise.resolve(answer());

    expect(await outcomeOf(fromResponse(answer()))).toEqual(whole);
    expect(await outcomeOf(fromResponse(answer))).toEqual(whole);
    expect(await outcomeOf(streamMessage(params, { apiKey, fetch }))).toEqual(whole);

    for (const source of [serverSentEvents(answer()), serverSentEvents('https://a.example', { fetch })]) {
      const { values, ended } = await outcomeOf(source);

      expect([values.map(({ event }) => event), ended]).toEqual([events.map(({ type }) => type), 'completed']);
    }
  });

  it('may be lost', async () => {
    const failure = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    const { values, error } = await outcomeOf(
      fromResponse({ status: 200, headers, body: of(pieces.slice(0, 12), failure) }),
    );

    expect(values).toEqual(events.slice(0, 3));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ phase: 'mid-content', requestID: 'req_1', cause: { code: 'ECONNRESET' } });
  });

  it('may be an error', async () => {
    const text = '{"type":"error","error":{"type":"overloaded_error","message":"Busy"}}';
    const body = of([bytesOf(text)]);

    expect(await errorOf(fromResponse({ status: 529, headers, body }))).toMatchObject({ name: 'OverloadedError' });
  });
});

describe('a Node stream', () => {
  /** A stream that has sent the first event, and then waits. */
  function waitingStream() {
    const body = new PassThrough();
    for (const piece of pieces.slice(0, 12)) body.write(piece);
    return body;
  }

  it('is destroyed when its subscriber unsubscribes, even while a chunk is waited for', async () => {
    const body = waitingStream();
    const seen = watch(fromResponse({ status: 200, headers, body }));
    await settle();

    expect(seen.values.length).toBeGreaterThan(1);
    expect(body.destroyed).toBe(false);

    seen.subscription.unsubscribe();
    body.destroy(new Error('an error that comes late')); // as a client reports the abort of its request
    await settle();

    expect(body.destroyed).toBe(true);
    expect(seen.ended).toBeUndefined();
  });

  it('is destroyed when the signal is aborted', async () => {
    const body = waitingStream();
    const controller = new AbortController();
    const seen = watch(fromResponse({ status: 200, headers, body }, { signal: controller.signal }));
    await settle();
    controller.abort();

    expect(seen.error).toBeInstanceOf(APIUserAbortError);
    await settle();
    expect(body.destroyed).toBe(true);
  });

  it('is destroyed if it arrives too late', async () => {
    const body = waitingStream();
    let answer: (response: ResponseLike) => void = () => undefined;
    const seen = watch(fromResponse(() => new Promise<ResponseLike>((resolve) => (answer = resolve))));
    seen.subscription.unsubscribe();
    answer({ status: 200, headers, body });
    await settle();

    expect(body.destroyed).toBe(true);
  });

  it('is destroyed if it belongs to a redirect', async () => {
    const moved = { status: 307, headers: new Headers({ location: '/v1/messages' }), body: waitingStream() };
    const answers: ResponseLike[] = [moved, { status: 200, headers, body: Readable.from(pieces) }];
    const fetch = () => Promise.resolve(answers.shift() ?? Response.error());

    expect(await outcomeOf(streamMessage(params, { apiKey, fetch }))).toEqual(whole);
    expect(moved.body.destroyed).toBe(true);
  });

  it('may fail before it is read', async () => {
    const body = new PassThrough();
    const failure = new Error('read ECONNRESET');
    const onResponse = async () => {
      body.destroy(failure);
      await settle();
    };
    const error = await errorOf(fromResponse({ status: 200, headers, body }, { onResponse }));

    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).toMatchObject({ phase: 'before-content', cause: failure });
  });

  it('that was read before is recognised', async () => {
    const source = fromResponse({ status: 200, headers, body: Readable.from(pieces) });

    expect(await outcomeOf(source)).toEqual(whole);

    const error = await errorOf(source);

    expect(error).toBeInstanceOf(AnthropicError);
    expect(String(error)).toContain('already been read. Pass a function');
  });

  it('must not be decoded', async () => {
    const body = Readable.from(pieces, { objectMode: false }).setEncoding('utf8');

    expect(String(await errorOf(fromResponse({ status: 200, headers, body })))).toContain(
      'must consist of bytes, got string',
    );
  });
});

describe('an async iterable', () => {
  it('is told that it is no longer needed', async () => {
    let isClosed = false;
    async function* body() {
      try {
        await Promise.resolve();
        for (const piece of pieces) yield piece;
      } finally {
        isClosed = true;
      }
    }
    await outcomeOf(fromResponse({ status: 200, headers, body: body() }).pipe(take(1)));
    await settle();

    expect(isClosed).toBe(true);
  });
});

it('the types accept what clients return, without a cast', () => {
  expectTypeOf<typeof fetch>().toExtend<FetchLike>();
  expectTypeOf<Response>().toExtend<ResponseLike>();
  expectTypeOf<Readable>().toExtend<ResponseBody>();
  expectTypeOf<import('node:stream/web').ReadableStream<Uint8Array>>().toExtend<ResponseBody>();
  expectTypeOf(fromResponse).toBeCallableWith({ status: 200, headers, body: Readable.from([]) });
});
