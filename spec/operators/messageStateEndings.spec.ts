import * as fc from 'fast-check';
import { concat, from, map, NEVER, Observable, of, skip, Subject, type ObservableInput } from 'rxjs';
import {
  AnthropicError,
  APIConnectionError,
  APIUserAbortError,
  IncompleteMessageError,
  InvalidEventError,
  streamMessage,
  textDeltas,
  toolInputStatus,
  type AnyEvent,
  type ToolUseBlock,
} from '../../src/index.js';
import { messageState, type MessageState } from '../../src/operators/messageState.js';
import { buildMessage, eventsOf, sseOf, textBlock } from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { eventStream, writtenBody } from '../source/support/bodies.js';
import { settle, watch } from '../source/support/outcome.js';
import { blockStop, inputJsonDelta, messageDelta, messageStop, ping, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { params } from '../tools/support/turns.js';
import {
  message,
  opening,
  events,
  start,
  block,
  overloaded,
  retry,
  letters,
  connecting,
  statesOf,
  lastOf,
  inShort,
  failing,
} from './support/messageStates.js';

describe('messageState: endings', () => {
  describe('the last state is an error', () => {
    const half = [start(), block('text', 0, { text: 'Hel' })];
    const partial = { content: [textBlock('Hel')] };

    it.each<[string, AnyEvent[], object | undefined]>([
      ['nothing', [], undefined],
      ['only a ping', [ping], undefined],
      ['half a message', half, partial],
    ])('if the source completes after %s', (_, sent, arrived) => {
      const last = lastOf(statesOf(from(sent)));

      expect(last).toMatchObject({ status: 'error', text: arrived ? 'Hel' : '' });
      expect(last.error).toBeInstanceOf(IncompleteMessageError);
      expect(last.error).toMatchObject({ partial: arrived });
      expect(last.message?.content).toEqual(arrived && partial.content);
    });

    it('if an event is out of order, which unsubscribes from the source', () => {
      const source = new Subject<AnyEvent>();
      const { values } = watch(source.pipe(messageState()));
      for (const event of [...half, textDelta('?', 7), textDelta('lo')]) source.next(event);

      expect(source.observed).toBe(false);
      expect(lastOf(values)).toMatchObject({ status: 'error', text: 'Hel', message: partial });
      expect(lastOf(values).error).toBeInstanceOf(InvalidEventError);
      expect(lastOf(values).error).toMatchObject({ partial });
    });

    it.each([undefined, 'a string', new Error('of the source')])('that may be of any kind: %p', (error) => {
      const last = lastOf(statesOf(concat(from(half), failing(error))));

      expect(last.status).toBe('error');
      expect(last.error).toBeInstanceOf(AnthropicError);
      expect(last.error).toMatchObject({ cause: error, retryable: false, partial });
      expect(last.error?.message).toContain(error instanceof Error ? 'of the source' : String(error));
    });

    it.each([
      ['the official SDK', Object.assign(new Error('529 Overloaded'), { status: 529, headers: new Headers() }), true],
      ['the official SDK, of a bad request', Object.assign(new Error('400 Bad'), { status: 400 }), false],
      ['fetch', new TypeError('fetch failed'), true],
    ])('that knows whether a retry can help if it is of %s', (_, error, retryable) => {
      expect(lastOf(statesOf(failing(error))).error).toMatchObject({ message: error.message, cause: error, retryable });
    });

    it('with the partial message on an error of the package, unless it already has one', () => {
      const own = buildMessage({ id: 'msg_of_another' });
      const [bare, full] = [new AnthropicError('Bare'), new AnthropicError('Full', { partial: own })];

      expect(lastOf(statesOf(concat(from(half), failing(bare)))).message).toBe(bare.partial);
      expect(bare.partial).toMatchObject(partial);
      expect(lastOf(statesOf(concat(from(half), failing(full)))).message).toMatchObject(partial);
      expect(full.partial).toBe(own);
    });

    it('with the message of the last attempt, after a restart', () => {
      expect(lastOf(statesOf(concat(of(...half, retry), failing(overloaded))))).toEqual({
        ...connecting,
        status: 'error',
        error: overloaded,
        usage: { input_tokens: 0, output_tokens: 0, abandoned_attempts: [opening.usage] },
        attempt: 2,
      });
    });
  });

  describe('a run that pauses', () => {
    const paused = { type: 'run_paused' };

    it('ends like one that is done', () => {
      const states = statesOf(of(...events, paused));

      expect(states.map(({ status }) => status).slice(-1)).toEqual(['done']);
      expect(lastOf(states).error).toBeUndefined();
    });

    it.each([
      ['at once', [paused]],
      ['after its tools', [{ type: 'tool_result' }, paused]],
    ])('ends as idle if it has no message, because it was resumed and paused %s', (_, resumed) => {
      expect(statesOf(of(...resumed))).toEqual([connecting, { ...connecting, status: 'idle' }]);
    });
  });

  describe('the last state is aborted', () => {
    const half = [start(), block('text', 0, { text: 'Hel' })];

    const message = { content: [textBlock('Hel')] };

    it('after an APIUserAbortError, with that error', () => {
      const error = new APIUserAbortError('Aborted');
      const last = lastOf(statesOf(concat(from(half), failing(error))));

      expect(last).toMatchObject({ status: 'aborted', text: 'Hel', message });
      expect(last.error).toBe(error);
      expect(error.partial).toBe(last.message);
    });

    it.each([
      ['AbortError', new DOMException('Aborted', 'AbortError')],
      ['AbortError that is not a DOMException', Object.assign(new Error('Aborted'), { name: 'AbortError' })],
    ])('after an %s, which is the cause of the error', (_, cause) => {
      const last = lastOf(statesOf(concat(from(half), failing(cause))));

      expect(last).toMatchObject({ status: 'aborted', text: 'Hel', message });
      expect(last.error).toBeInstanceOf(AnthropicError);
      expect(last.error?.cause).toBe(cause);
      expect(last.error).toMatchObject({ message: 'Aborted', retryable: false, partial: message });
    });

    it('after the signal of the request is aborted', async () => {
      const controller = new AbortController();
      const body = writtenBody();
      const fetch = () => Promise.resolve(eventStream(body.stream));
      const source = streamMessage(params, { apiKey: 'k', fetch, signal: controller.signal });
      const seen = watch(source.pipe(messageState()));
      body.write(sseOf(events.slice(0, 3)));
      await settle();
      controller.abort();

      expect(seen.ended).toBe('completed');
      expect(lastOf(seen.values)).toMatchObject({
        status: 'aborted',
        text: 'Hello',
        error: { name: 'APIUserAbortError' },
      });
    });
  });

  it.each<[string, AnyEvent[] | undefined, Observable<never>]>([
    ['an abort', [], NEVER],
    ['an error of the package', undefined, failing(new APIConnectionError('lost'))],
    ['any other error', undefined, failing(new TypeError('terminated'))],
  ])('has the complete raw text of a tool input that was truncated by %s', (_, abort, end) => {
    const fragments = ['{"a":1', '23'].map((json) => inputJsonDelta(json));
    const source = concat(
      from([start(), block('tool_use', 0, { id: 't', name: 'get', input: {} }), ...fragments]),
      end,
    );
    const stopped = new Subject<void>();
    const seen = watch(source.pipe(messageState(abort && { abort: stopped })));
    stopped.next();
    const [call] = lastOf(seen.values).message?.content ?? [];

    expect(toolInputStatus(call as ToolUseBlock)).toStrictEqual({ raw: '{"a":123', state: 'partial' });
  });

  it('ends with a frozen error as it is', () => {
    const error = Object.freeze(new APIConnectionError('lost'));
    const last = lastOf(statesOf(concat(from([start()]), failing(error))));

    expect(last).toMatchObject({ status: 'error' });
    expect(last.error).toBe(error);
  });

  describe('abort', () => {
    it(
      'unsubscribes from the source and ends with aborted and the message so far',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('s-b-d-----z-|', letters);
        const subs = '       ^-------!    ';
        const abort = cold(' --------x-x  ');
        const abortSubs = '  ^-------!    ';
        const expected = '   s-b-d---(A|) ';
        const partial = { ...opening, content: [textBlock('Hi')] };

        expectObservable(
          source.pipe(
            messageState({ abort }),
            skip(1),
            map((state) => (state.status === 'aborted' ? state : inShort(state))),
          ),
        ).toBe(expected, {
          s: 'streaming 1',
          b: 'streaming 1',
          d: 'streaming 1 Hi',
          A: {
            status: 'aborted',
            message: partial,
            text: 'Hi',
            usage: opening.usage,
            error: undefined,
            attempt: 1,
            delayMs: undefined,
          },
        });
        expectSubscriptions(source.subscriptions).toBe(subs);
        expectSubscriptions(abort.subscriptions).toBe(abortSubs);
      }),
    );

    it('is unsubscribed from when the source ends', () => {
      for (const end of [of(letters.s, letters.z), of(letters.s), failing(overloaded), of(letters.s, letters.S)]) {
        const abort = new Subject();
        const source = new Subject<AnyEvent>();
        const seen = watch(source.pipe(messageState({ abort })));

        expect(abort.observed).toBe(true);

        end.subscribe(source);

        expect(seen.ended).toBe('completed');
        expect(abort.observed).toBe(false);
      }
    });

    it('does nothing if it completes without a value', () => {
      expect(statesOf(from(events), { abort: [] })).toEqual(statesOf(from(events)));
    });

    it('ends with an error if it fails', () => {
      const error = new AnthropicError('No more');
      const abort = new Subject();
      const seen = watch(concat(of(letters.s, letters.b, letters.d), NEVER).pipe(messageState({ abort })));
      abort.error(error);

      expect(seen.ended).toBe('completed');
      expect(lastOf(seen.values)).toMatchObject({ status: 'error', text: 'Hi', error });
      expect(error.partial).toEqual(lastOf(seen.values).message);
    });

    it.each([
      ['emits', of(1), 'aborted', undefined],
      ['fails', failing(overloaded), 'error', overloaded],
    ])('prevents the subscription to the source if it %s synchronously', (_, abort, status, error) => {
      let subscribed = false;
      const source = new Observable<never>(() => {
        subscribed = true;
      });

      expect(statesOf(source, { abort })).toEqual([connecting, { ...connecting, status, error }]);
      expect(subscribed).toBe(false);
    });

    it.each(['connecting', 'streaming', 'retrying'])('may emit while %s is delivered', (when) => {
      const abort = new Subject<void>();
      const seen: string[] = [];
      of(letters.s, letters.r, letters.S)
        .pipe(messageState({ abort }))
        .subscribe(({ status }) => {
          seen.push(status);
          if (status === when) abort.next();
        });
      const before = ['connecting', 'streaming', 'retrying'];

      expect(seen).toEqual([...before.slice(0, before.indexOf(when) + 1), 'aborted']);
    });

    it('may be a promise', async () => {
      const seen = watch(NEVER.pipe(messageState({ abort: Promise.resolve() })));
      await settle();

      expect(seen.values.map(inShort)).toEqual(['connecting 1', 'aborted 1']);
    });

    it('does not change a message that is done', () => {
      const abort = new Subject<void>();
      const seen = watch(concat(from(events), NEVER).pipe(messageState({ abort })));
      abort.next();

      expect(seen.ended).toBe('completed');
      expect(lastOf(seen.values)).toMatchObject({ status: 'done', message });
    });

    it('ends with aborted after pause_turn, which the API would continue', () => {
      const abort = new Subject<void>();
      const paused = buildMessage({ content: 'Searching', stop_reason: 'pause_turn' });
      const seen = watch(concat(from(eventsOf(paused)), NEVER).pipe(messageState({ abort })));
      abort.next();

      expect(lastOf(seen.values).status).toBe('aborted');
    });

    it('aborts the request before the state is emitted', async () => {
      const abort = new Subject<void>();
      const body = writtenBody();
      let signal: AbortSignal | null | undefined;
      const fetch = (_: unknown, init?: RequestInit) => {
        signal = init?.signal;
        return Promise.resolve(eventStream(body.stream));
      };
      const seen: unknown[] = [];
      streamMessage(params, { apiKey: 'k', fetch })
        .pipe(messageState({ abort }))
        .subscribe(({ status, text }) => seen.push([status, text, signal?.aborted]));
      body.write(sseOf(events.slice(0, 3)));
      await settle();
      abort.next();

      expect(seen.slice(-2)).toEqual([
        ['streaming', 'Hello', false],
        ['aborted', 'Hello', true],
      ]);
      await settle();

      expect(body.isCancelled).toBe(true);
    });

    it('is subscribed to once per subscription', () => {
      let subscriptions = 0;
      const abort = new Observable<never>(() => {
        subscriptions += 1;
      });
      const result = NEVER.pipe(messageState({ abort }));

      expect(subscriptions).toBe(0);

      for (const { subscription } of [watch(result), watch(result)]) subscription.unsubscribe();

      expect(subscriptions).toBe(2);
    });

    it.each<[string, unknown]>([
      ['a number', 1],
      ['true', true],
      ['an object', {}],
      ['an AbortSignal', new AbortController().signal],
    ])('is rejected at call time if it is %s', (_, abort) => {
      const call = () => messageState({ abort: abort as ObservableInput<unknown> });

      expect(call).toThrow(TypeError);
      expect(call).toThrow('messageState: abort must be an Observable, a promise or another ObservableInput.');
    });
  });

  describe('for any prefix of a stream, with any ending', () => {
    const endings: readonly [string, string[], (prefix: Observable<AnyEvent>) => Observable<MessageState>][] = [
      ['completion', ['done', 'error'], (prefix) => prefix.pipe(messageState())],
      ['an error', ['error'], (prefix) => concat(prefix, failing(overloaded)).pipe(messageState())],
      ['an abort', ['aborted'], (prefix) => concat(prefix, failing(new APIUserAbortError(''))).pipe(messageState())],
      [
        'abort',
        ['done', 'aborted'],
        (prefix) => {
          const abort = new Subject<void>();
          const stopping = new Observable<never>(() => {
            abort.next();
          });
          return concat(prefix, stopping).pipe(messageState({ abort }));
        },
      ],
    ];

    /** The text of the last message that has started and was not withdrawn, according to `textDeltas`. */
    function textOf(sent: readonly AnyEvent[]): string {
      const begins = sent.map(({ type }) => type === 'message_start' || type === 'message_restart').lastIndexOf(true);
      return watch(from(sent.slice(Math.max(begins, 0))).pipe(textDeltas())).values.join('');
    }

    function expectEnding(prefix: readonly AnyEvent[]): void {
      for (const [, allowed, end] of endings) {
        const seen = watch(end(from(prefix)));
        const last = lastOf(seen.values);
        const isComplete = prefix.filter(({ type }) => type.startsWith('message_')).at(-1)?.type === 'message_stop';

        expect(seen.ended).toBe('completed');
        const wasDone = lastOf(watch(concat(from(prefix), NEVER).pipe(messageState())).values).status === 'done';
        const isDone = allowed[1] === 'aborted' ? wasDone : isComplete;
        expect(last.status).toBe(allowed.length === 1 || isDone ? allowed[0] : allowed[1]);
        expect(last.text).toBe(textOf(prefix));
        expect(seen.values.filter(({ status }) => status === 'error' || status === 'aborted').length).toBe(
          last.status === 'done' ? 0 : 1,
        );
      }
    }

    it.each(streams)('the last state is terminal and has the text so far: $name', ({ events }) => {
      for (let count = 0; count <= events.length; count += 1) expectEnding(events.slice(0, count));
    });

    it('the last state is terminal however a text is divided, and whether or not it is withdrawn', () => {
      const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 6 });
      const cuts = fc.tuple(texts, texts, fc.nat(60), fc.constantFrom(2, 3), fc.boolean());
      fc.assert(
        fc.property(cuts, ([first, second, count, length, withdrawn]) => {
          const sent = [first, second].flatMap((pieces, i): AnyEvent[] => [
            start({ id: `msg_${i}` }),
            block('text', 0, { text: '' }),
            ...[...pieces.join('').matchAll(new RegExp(`[^]{1,${length - 1}}`, 'g'))].map(([piece]) =>
              textDelta(piece),
            ),
            ...(withdrawn && i === 0 ? [retry] : [blockStop(), messageDelta('end_turn'), messageStop]),
          ]);
          expectEnding(sent.slice(0, count));
        }),
        { numRuns: 100, seed: 7 },
      );
    });
  });
});
