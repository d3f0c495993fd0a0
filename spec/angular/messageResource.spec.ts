/** @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts */
import { configure, inContext } from './support/testBed.js';
import { createEnvironmentInjector, EnvironmentInjector, Injector, signal, type Signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expectTypeOf } from 'expect-type';
import { concat, defer, from, NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { messageResource } from '../../src/angular/index.js';
import { APIConnectionError, fromResponse, type AnyEvent, type Message, type MessageState } from '../../src/index.js';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { until } from '../relay/support/until.js';
import { useServers } from '../source/support/servers.js';
import { blockStart, messageStart, textDelta } from '../support/events.js';

const start = useServers();
const message = buildMessage({ content: 'Hello there.' });

/** A message that stays in progress: its text, and what has become of its request. */
class Answer {
  readonly #events$ = new Subject<AnyEvent>();
  isOpen = false;

  readonly stream = () =>
    new Observable<AnyEvent>((subscriber) => {
      this.isOpen = true;
      subscriber.add(this.#events$.subscribe(subscriber));
      return () => (this.isOpen = false);
    });

  /** The message starts with this text. */
  begin(text: string): void {
    for (const event of [messageStart(), blockStart(0, { type: 'text', text: '' }), textDelta(text)]) this.emit(event);
  }

  emit(event: AnyEvent): void {
    this.#events$.next(event);
  }

  fail(error: Error): void {
    this.#events$.error(error);
  }
}

/** A resource whose params are a signal, and whose answers are asked for by their number. */
function setUp(first?: string) {
  const params = signal(first);
  const answers: Answer[] = [];
  const asked: string[] = [];
  const resource = inContext(() =>
    messageResource({
      params,
      stream: ({ params: question }) => {
        asked.push(question);
        const answer = new Answer();
        answers.push(answer);
        return answer.stream();
      },
    }),
  );
  return { params, answers, asked, resource };
}

it('is idle without params, and makes no request', () => {
  const { asked, resource } = setUp();
  TestBed.tick();

  expect(resource.state()).toMatchObject({ status: 'idle', text: '', message: undefined });
  expect(asked).toEqual([]);
});

it('requests the message when there are params, and has its state as signals', () => {
  const { answers, asked, params, resource } = setUp();
  params.set('a');

  expect(resource.status()).toBe('connecting');
  expect(asked).toEqual([]);

  TestBed.tick();

  expect(asked).toEqual(['a']);
  expect(resource.state()).toMatchObject({ status: 'connecting', text: '' });

  answers[0]?.begin('Hel');

  expect(resource.status()).toBe('streaming');
  expect(resource.text()).toBe('Hel');
  expect(resource.message()?.content).toEqual([expect.objectContaining({ text: 'Hel' })]);
  expect(resource.usage()).toMatchObject({ output_tokens: 1 });
  expect(resource.error()).toBeUndefined();
});

it('ends as done', () => {
  const resource = inContext(() => messageResource({ params: () => 'a', stream: () => from(eventsOf(message)) }));
  TestBed.tick();

  expect(resource.state()).toMatchObject({ status: 'done', message, text: 'Hello there.' });
});

it('aborts the request and makes a new one when the params change', () => {
  const { answers, asked, params, resource } = setUp('a');
  TestBed.tick();
  answers[0]?.begin('The first');
  params.set('b');

  expect(resource.state()).toMatchObject({ status: 'connecting', text: '' });

  answers[0]?.emit(textDelta(' answer, which came too late'));

  expect(resource.state()).toMatchObject({ status: 'connecting', text: '' });

  TestBed.tick();
  answers[1]?.begin('The second');

  expect(answers.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  expect(asked).toEqual(['a', 'b']);
  expect(resource.text()).toBe('The second');
});

it('aborts the request when the params become undefined', () => {
  const { answers, params, resource } = setUp('a');
  TestBed.tick();
  answers[0]?.begin('The first');
  params.set(undefined);

  expect(resource.status()).toBe('idle');

  TestBed.tick();

  expect(answers.map(({ isOpen }) => isOpen)).toEqual([false]);
});

it('keeps the request if the params are computed again, and are the same', () => {
  const count = signal(1);
  let requests = 0;
  inContext(() =>
    messageResource({
      params: () => (count() > 0 ? 'some' : 'none'),
      stream: () => defer(() => ((requests += 1), NEVER)),
    }),
  );
  TestBed.tick();
  count.set(2);
  TestBed.tick();

  expect(requests).toBe(1);
});

it('does not track the signals that the stream reads', () => {
  const language = signal('en');
  const asked: string[] = [];
  const stream = (): Observable<AnyEvent> => {
    asked.push(language());
    return NEVER;
  };
  inContext(() => messageResource({ params: () => 1, stream }));
  TestBed.tick();
  language.set('pt');
  TestBed.tick();

  expect(asked).toEqual(['en']);
});

describe('reload', () => {
  it('aborts the request and makes a new one with the same params', () => {
    const { answers, asked, resource } = setUp('a');
    TestBed.tick();
    answers[0]?.begin('The first');
    resource.reload();

    expect(resource.state()).toMatchObject({ status: 'connecting', text: '' });

    TestBed.tick();

    expect(asked).toEqual(['a', 'a']);
    expect(answers.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it('does nothing without params', () => {
    const { asked, resource } = setUp();
    resource.reload();
    TestBed.tick();

    expect(resource.status()).toBe('idle');
    expect(asked).toEqual([]);
  });
});

describe('stop', () => {
  it('aborts the request, and keeps the message so far', () => {
    const { answers, resource } = setUp('a');
    TestBed.tick();
    answers[0]?.begin('Half an');
    resource.stop();

    expect(resource.state()).toMatchObject({ status: 'aborted', text: 'Half an', error: undefined });
    expect(answers[0]?.isOpen).toBe(false);
  });

  it('also prevents a request that has not been made yet', () => {
    const { asked, params, resource } = setUp();
    params.set('a');
    resource.stop();
    TestBed.tick();

    expect(resource.status()).toBe('aborted');
    expect(asked).toEqual([]);
  });

  it('leaves a complete message, and the next one, alone', () => {
    const params = signal<string | undefined>(undefined);
    const resource = inContext(() => messageResource({ params, stream: () => from(eventsOf(message)) }));
    resource.stop();
    params.set('a');
    TestBed.tick();
    resource.stop();

    expect(resource.status()).toBe('done');

    resource.reload();
    TestBed.tick();

    expect(resource.status()).toBe('done');
  });
});

describe('an error', () => {
  it.each([
    ['that the stream fails with', () => throwError(() => new APIConnectionError('lost'))],
    [
      'that the function throws',
      (): never => {
        throw new APIConnectionError('lost');
      },
    ],
  ])('%s is a state', (_, stream) => {
    const resource = inContext(() => messageResource({ params: () => 1, stream }));
    TestBed.tick();

    expect(resource.state()).toMatchObject({ status: 'error', error: { name: 'APIConnectionError' } });
    expect(resource.text()).toBe('');
  });

  it('keeps the message so far, and reload() asks again', () => {
    const { answers, resource } = setUp('a');
    TestBed.tick();
    answers[0]?.begin('Half an');
    answers[0]?.fail(new APIConnectionError('lost'));

    expect(resource.state()).toMatchObject({ status: 'error', text: 'Half an', error: { retryable: true } });

    resource.reload();
    TestBed.tick();
    answers[1]?.begin('A complete');

    expect(resource.state()).toMatchObject({ status: 'streaming', text: 'A complete', error: undefined });
  });
});

describe('the end of the injection context', () => {
  it('aborts the request, which the server sees, and keeps the state', async () => {
    const server = await start({ message, stallAtByte: sseOf(eventsOf(message)).length - 200 });
    const parent = inContext(() => TestBed.inject(EnvironmentInjector));
    const injector = createEnvironmentInjector([], parent);
    const resource = messageResource({
      injector: injector.get(Injector),
      params: () => server.url,
      stream: ({ params: url }) =>
        fromResponse((signal) => fetch(`${url}/v1/messages`, { method: 'POST', body: '{"stream":true}', signal })),
    });
    TestBed.tick();
    await until(() => resource.text() !== '');
    const request = await server.request();

    injector.destroy();
    await request.closed;

    expect(request.hungUp).toBe(true);
    expect(resource.state()).toMatchObject({ status: 'streaming', text: 'Hello there.' });
  });
});

describe('messageResource', () => {
  it('is called in an injection context, or with an injector', () => {
    const options = { params: () => undefined, stream: () => NEVER };

    configure();

    expect(() => messageResource(options)).toThrow(/NG0203/);
    expect(messageResource({ ...options, injector: TestBed.inject(Injector) }).status()).toBe('idle');
  });

  it.each([
    [{ params: 'a', stream: () => NEVER }, "messageResource: params must be a function, got 'a'."],
    [{ params: () => 1, stream: NEVER }, 'messageResource: stream must be a function, got object.'],
  ])('throws for %j', (options, problem) => {
    const untyped: (options: never) => unknown = messageResource;

    expect(() => untyped(options as never)).toThrow(new TypeError(problem));
  });

  it('infers the params, without undefined, and narrows the state', () => {
    const resource = inContext(() =>
      messageResource({
        params: signal<{ id: number } | undefined>(undefined),
        stream: ({ params }) => {
          expectTypeOf(params).toEqualTypeOf<{ id: number }>();
          return concat(of(), NEVER);
        },
      }),
    );
    const state = resource.state();

    expectTypeOf(resource.state).toEqualTypeOf<Signal<MessageState>>();
    expectTypeOf(state).toEqualTypeOf<MessageState>();
    expect(state.status).toBe('idle');
    if (state.status === 'done') expectTypeOf(state.message).toEqualTypeOf<Message>();
  });
});
