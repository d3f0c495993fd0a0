/**
 * The events of `HttpClient`, one by one, and what interceptors may do to them.
 *
 * @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts
 */
import { configure, inContext } from './support/testBed.js';
import {
  HttpBackend,
  HttpContext,
  HttpContextToken,
  HttpErrorResponse,
  HttpEventType,
  HttpHeaderResponse,
  HttpHeaders,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
  type HttpEvent,
  type HttpInterceptorFn,
  type HttpRequest,
} from '@angular/common/http';
import { Injector } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expectTypeOf } from 'expect-type';
import * as fc from 'fast-check';
import {
  concat,
  defer,
  EMPTY,
  filter,
  from,
  NEVER,
  of,
  retry,
  Subject,
  tap,
  throwError,
  VirtualTimeScheduler,
  type Observable,
} from 'rxjs';
import { settle } from '../source/support/outcome.js';
import { httpFetch, type HttpFetchOptions } from '../../src/angular/index.js';

/** The events of one request after another: each is taken by the next request. */
function fetchOver(
  replies: readonly Observable<HttpEvent<unknown>>[],
  interceptors: readonly HttpInterceptorFn[] = [],
  options: HttpFetchOptions = {},
) {
  const requests: HttpRequest<unknown>[] = [];
  const handle = (request: HttpRequest<unknown>) =>
    defer(() => {
      requests.push(request);
      return replies[requests.length - 1] ?? NEVER;
    });
  const http = inContext(
    () => httpFetch(options),
    [provideHttpClient(withInterceptors([...interceptors])), { provide: HttpBackend, useValue: { handle } }],
  );
  return { http, requests };
}

const header = (status = 200) => new HttpHeaderResponse({ status, statusText: 'OK' });
const progress = (partialText?: string): HttpEvent<unknown> => ({
  type: HttpEventType.DownloadProgress,
  loaded: 0,
  ...(partialText !== undefined && { partialText }),
});
const complete = (body: unknown = null, status = 200) => new HttpResponse({ status, body });
const lost = new HttpErrorResponse({ status: 0, error: new ProgressEvent('error') });
const failure = (error: Error) => throwError(() => error);

describe('the text', () => {
  it.each<[string, readonly string[], string]>([
    ['grows', ['a', 'ab', 'abc'], 'abcd'],
    ['arrives all at once', [], 'abc'],
    ['arrives twice', ['abc', 'abc'], 'abc'],
    ['arrives empty at first', [''], 'abc'],
    ['ends in half a character, as XMLHttpRequest may decode it', ['a\uFFFD', 'aé', 'aé\uFFFD'], 'aé👋'],
    ['ends in half a surrogate pair', ['a\uD83D', 'a👋'], 'a👋!'],
    ['really ends in U+FFFD', ['a\uFFFD'], 'a\uFFFD'],
  ])('%s', async (_, partials, text) => {
    const { http } = fetchOver([concat(of(header()), from(partials.map(progress)), of(complete(text)))]);

    expect(await (await http('/x')).text()).toBe(text);
  });

  it('is passed on piece by piece', async () => {
    const events = new Subject<HttpEvent<unknown>>();
    const { http } = fetchOver([events]);
    const answer = http('/x');
    await Promise.resolve();
    events.next(header());
    const reader = (await answer).body?.getReader();
    const read = async () => new TextDecoder().decode((await reader?.read())?.value);

    events.next(progress('one'));
    expect(await read()).toBe('one');

    events.next(progress('one, two'));
    expect(await read()).toBe(', two');
  });

  it('is read at intervals once it is long, which keeps the time linear', async () => {
    const scheduler = new VirtualTimeScheduler();
    const events = new Subject<HttpEvent<unknown>>();
    const { http } = fetchOver([events], [], { scheduler });
    const answer = http('/x');
    await Promise.resolve();
    events.next(header());
    const reader = (await answer).body?.getReader();
    const lengths: number[] = [];
    const reading = (async () => {
      for (let next = await reader?.read(); next?.value; next = await reader?.read()) lengths.push(next.value.length);
    })();
    const grow = (length: number) => {
      events.next(progress('x'.repeat(length)));
    };
    const passTime = async (ms: number) => {
      scheduler.schedule(() => undefined, ms);
      scheduler.maxFrames = scheduler.now() + ms;
      scheduler.flush();
      await settle();
    };

    [1000, 2000, 16_384 * 10, 163_841, 163_842].forEach(grow);
    await settle();
    expect(lengths).toEqual([1000, 1000, 161_840]);

    await passTime(9);
    expect(lengths).toHaveLength(3);

    await passTime(1);
    expect(lengths).toEqual([1000, 1000, 161_840, 2]);

    grow(163_850);
    events.next(complete('x'.repeat(163_851)));
    await reading;

    expect(lengths).toEqual([1000, 1000, 161_840, 2, 9]);
  });

  it('is passed on before an error, however long it is', async () => {
    const texts = ['x'.repeat(50_000), 'x'.repeat(50_001), 'x'.repeat(50_002)];
    const { http } = fetchOver([concat(of(header()), from(texts.map(progress)), failure(lost))]);
    const reader = (await http('/x')).body?.getReader();

    expect((await reader?.read())?.value).toHaveLength(50_000);
    expect((await reader?.read())?.value).toHaveLength(2);
    await expect(reader?.read()).rejects.toMatchObject({ message: 'network error' });
  });

  it('is complete for any text and any cut', async () => {
    const text$ = fc.string({
      unit: fc.oneof(fc.constantFrom('\uFFFD', 'é', '👋', '東'), fc.string({ unit: 'grapheme' })),
    });
    const property = fc.asyncProperty(text$, fc.array(fc.nat(), { maxLength: 10 }), async (text, cuts) => {
      const bytes = new TextEncoder().encode(text);
      const ends = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
      const partials = ends.map((end) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, end)));
      const { http } = fetchOver([concat(of(header()), from(partials.map(progress)), of(complete(text)))]);

      expect(await (await http('/x')).text()).toBe(text);
      TestBed.resetTestingModule();
    });

    await fc.assert(property);
  });

  it('is absent after a 204, and JSON if an interceptor makes the body an object', async () => {
    const { http } = fetchOver([of(header(204), complete(null, 204)), of(complete({ a: 1 })), of(complete())]);

    expect((await http('/x')).body).toBeNull();
    expect(await (await http('/x')).json()).toEqual({ a: 1 });
    expect(await (await http('/x')).text()).toBe('');
  });
});

describe('an error', () => {
  it.each<[number, unknown, string]>([
    [404, 'not here', 'not here'],
    [500, null, ''],
    [422, { detail: 1 }, '{"detail":1}'],
    [304, null, ''],
  ])('of status %d is a Response', async (status, error, text) => {
    const headers = new HttpHeaders({ 'retry-after': '7' });
    const { http } = fetchOver([
      concat(of(header(status)), failure(new HttpErrorResponse({ status, error, headers }))),
    ]);
    const response = await http('/x');

    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.text()).toBe(text);
  });

  it.each([0, 200, 999])('of status %d means that there is no response', async (status) => {
    const cause = new HttpErrorResponse({ status });
    const { http } = fetchOver([failure(cause)]);

    await expect(http('/x')).rejects.toMatchObject({ name: 'TypeError', message: 'Failed to fetch', cause });
  });

  it('after the headers fails the body, after what had arrived', async () => {
    const { http } = fetchOver([concat(of(header(), progress('one')), failure(lost))]);
    const reader = (await http('/x')).body?.getReader();

    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one');
    await expect(reader?.read()).rejects.toMatchObject({ name: 'TypeError', message: 'network error', cause: lost });
  });

  it('of an interceptor passes through', async () => {
    const own = new Error('You are not signed in.');
    const { http } = fetchOver([failure(own), concat(of(header()), failure(own))]);

    await expect(http('/x')).rejects.toBe(own);
    await expect((await http('/x')).text()).rejects.toBe(own);
  });
});

describe('an interceptor', () => {
  it('may send the request again as long as there was no response', async () => {
    const attempts = [failure(lost), concat(of(header(503)), failure(new HttpErrorResponse({ status: 503 })))];
    const { http, requests } = fetchOver(
      [...attempts, of(header(), progress('yes'), complete('yes'))],
      [(request, next) => next(request).pipe(retry(2))],
    );

    expect(await (await http('/x')).text()).toBe('yes');
    expect(requests).toHaveLength(3);
  });

  it('cannot send the request again later: no text appears twice', async () => {
    const again = of(header(), progress('one, two'), complete('one, two'));
    const { http } = fetchOver(
      [concat(of(header(), progress('one')), failure(lost)), again],
      [(request, next) => next(request).pipe(retry(1))],
    );

    await expect((await http('/x')).text()).rejects.toMatchObject({ message: 'network error' });
  });

  it('may let only the response through', async () => {
    const { http } = fetchOver(
      [of(header(), progress('one'), complete('one, two'))],
      [(request, next) => next(request).pipe(filter((event) => event instanceof HttpResponse))],
    );

    expect(await (await http('/x')).text()).toBe('one, two');
  });

  it('that completes the request early is an error', async () => {
    const { http } = fetchOver([EMPTY, of(header(), progress('one'))]);

    await expect(http('/x')).rejects.toMatchObject({ message: 'Failed to fetch' });
    await expect((await http('/x')).text()).rejects.toMatchObject({ message: 'network error' });
  });

  it('sees the completion of the request', async () => {
    let isCompleted = false;
    const { http } = fetchOver(
      [of(header(), complete('one'))],
      [(request, next) => next(request).pipe(tap({ complete: () => (isCompleted = true) }))],
    );
    await (await http('/x')).text();

    expect(isCompleted).toBe(true);
  });

  it('gets the context', async () => {
    const IS_SILENT = new HttpContextToken(() => false);
    const seen: boolean[] = [];
    const look: HttpInterceptorFn = (request, next) => {
      seen.push(request.context.get(IS_SILENT));
      return next(request);
    };
    await fetchOver([of(complete())], [look]).http('/x');
    TestBed.resetTestingModule();
    await fetchOver([of(complete())], [look], {
      context: new HttpContext().set(IS_SILENT, true),
    }).http('/x');

    expect(seen).toEqual([false, true]);
  });
});

describe('the request', () => {
  it('asks for progress, and is not cached for the browser', async () => {
    const { http, requests } = fetchOver([of(complete())]);
    await http('/x');

    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: '/x',
      body: null,
      reportProgress: true,
      responseType: 'text',
      transferCache: false,
    });
  });

  it('has the options that HttpClient knows, and includes credentials with both backends', async () => {
    const { http, requests } = fetchOver([of(complete()), of(complete())]);
    await http('/x', { keepalive: true, cache: 'no-store', credentials: 'include' });
    await http('/x', { credentials: 'omit' });

    expect(requests[0]).toMatchObject({ keepalive: true, cache: 'no-store', withCredentials: true });
    expect(requests[1]).toMatchObject({ credentials: 'omit', withCredentials: false });
  });

  it('cannot have a stream as its body', async () => {
    const { http, requests } = fetchOver([]);

    await expect(http('/x', { method: 'POST', body: new ReadableStream() })).rejects.toThrow(
      new TypeError('httpFetch: the body of a request cannot be a stream.'),
    );
    expect(requests).toEqual([]);
  });
});

describe('httpFetch', () => {
  it('is called in an injection context, or with an injector', async () => {
    configure([provideHttpClient(), { provide: HttpBackend, useValue: { handle: () => of(complete('yes')) } }]);

    expect(() => httpFetch()).toThrow(/NG0203/);
    expect(await (await httpFetch({ injector: TestBed.inject(Injector) })('/x')).text()).toBe('yes');
  });

  it('is a fetch', () => {
    expectTypeOf(httpFetch).returns.toEqualTypeOf<typeof fetch>();
  });
});
