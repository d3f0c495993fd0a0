import { expectTypeOf } from 'expect-type';
import * as fc from 'fast-check';
import { concat, defer, from, map, NEVER, Observable, of, pipe, skip, startWith, Subject, take, takeUntil } from 'rxjs';
import { throwError, type ObservableInput, type OperatorFunction } from 'rxjs';
import { z } from 'zod';
import {
  accumulateMessage,
  AnthropicError,
  APIConnectionError,
  APIUserAbortError,
  defineTool,
  IncompleteMessageError,
  InvalidEventError,
  OverloadedError,
  retryOnConnectionError,
  runTools,
  streamMessage,
  textDeltas,
  toolInputStatus,
  usage,
  type AnyEvent,
  type ContentBlock,
  type Message,
  type MessageRestartEvent,
  type MessageStreamEvent,
  type RunningUsage,
  type StopReason,
  type ToolUseBlock,
} from '../../src/index.js';
import {
  idleMessageState,
  messageState,
  type MessageState,
  type MessageStateOptions,
} from '../../src/operators/messageState.js';
import {
  buildMessage,
  eventsOf,
  sseOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import { streams } from '../fixtures/streams.js';
import { eventStream, writtenBody } from '../source/support/bodies.js';
import { virtualClock } from '../source/support/clock.js';
import { settle, watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { deepFreeze } from '../support/deepFreeze.js';
import { marbles } from '../support/marbles.js';
import { Answers, call, params } from '../tools/support/turns.js';

const message = buildMessage({ content: 'Hello, world', usage: { input_tokens: 25, output_tokens: 12 } });
const begun: Message = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
const events = eventsOf(message, { deltaLength: 5 });

const start = (fields: Partial<Message> = {}): MessageStreamEvent => ({
  type: 'message_start',
  message: { ...begun, ...fields },
});
const block = (type: string, index = 0, fields: object = {}) => ({
  type: 'content_block_start',
  index,
  content_block: { type, ...fields },
});
const delta = (text: string, index = 0): MessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});
const blockStop = (index = 0): MessageStreamEvent => ({ type: 'content_block_stop', index });
const stops = (stop_reason: StopReason): MessageStreamEvent => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage: { output_tokens: 12 },
});
const stop: MessageStreamEvent = { type: 'message_stop' };
const ping: MessageStreamEvent = { type: 'ping' };
const overloaded = new OverloadedError('Overloaded', { status: 529 });
const restart: MessageRestartEvent = { type: 'message_restart', attempt: 2, delayMs: 0, error: overloaded };

/**
 * Events by their letters in marbles: s a message starts, b an empty text block does, d text, e the block stops, m the
 * stop reason is end_turn, t it is tool_use, z the message stops; S another message starts; p a ping, r a restart.
 */
const letters = {
  s: start(),
  b: block('text', 0, { text: '' }),
  d: delta('Hi'),
  e: blockStop(),
  m: stops('end_turn'),
  t: stops('tool_use'),
  z: stop,
  S: start({ id: 'msg_2' }),
  p: ping,
  r: restart,
};

const connecting: MessageState = { ...idleMessageState, status: 'connecting', message: undefined, error: undefined };

/** All states of events that come at once; they always complete. */
function statesOf(source: Observable<AnyEvent>, options?: MessageStateOptions): MessageState[] {
  const { values, ended } = watch(source.pipe(messageState(options)));
  if (ended !== 'completed') throw new Error(`the states have not completed: ${String(ended)}`);
  return [...values];
}

/** The statuses of events that come at once, and then no more. */
function statuses(...sent: readonly AnyEvent[]): string[] {
  return statesOf(from(sent)).map(({ status }) => status);
}

function lastOf<T>(list: readonly T[]): T {
  const last = list.at(-1);
  if (last === undefined) throw new Error('there is none');
  return last;
}

const FIELDS = ['status', 'message', 'text', 'usage', 'error', 'attempt'] as const;

/** All that a value says, and what is known of inputs that are not whole. */
const written = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) => (isToolUse(part) ? { ...part, ...toolInputStatus(part) } : part));

const isToolUse = (value: unknown): value is ToolUseBlock =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'tool_use';

/** A state in a few words. */
const inShort = ({ status, text, attempt }: MessageState): string => `${status} ${attempt} ${text}`.trim();

// eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
const failing = (error: unknown) => throwError(() => error);

describe('messageState', () => {
  // It never fails, and begins with a state of its own; but for that, it is an operator like any other.
  const failingAgain = (): OperatorFunction<AnyEvent, MessageState> =>
    pipe(
      messageState(),
      skip(1),
      map((state) => {
        if (state.status === 'error') throw state.error;
        return state;
      }),
    );

  itKeepsTheOperatorContract<AnyEvent, MessageState>(failingAgain, { values: events, empty: 'is incomplete' });

  it(
    'says how the message grows, and that it is done at message_stop',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>('--s--b-p-d--e--m--z-----|', letters);
      const subs = '                         ^-----------------------!';
      const expected = '                     c-s--b---d-----m--D-----|';
      const { usage } = begun;
      const text = (text: string): ContentBlock[] => [{ type: 'text', text }];
      const whole: Message = { ...message, content: text('Hi') };

      expectObservable(source.pipe(messageState())).toBe(expected, {
        c: connecting,
        s: { ...connecting, status: 'streaming', message: begun, usage },
        b: { ...connecting, status: 'streaming', message: { ...begun, content: text('') }, usage },
        d: { ...connecting, status: 'streaming', message: { ...begun, content: text('Hi') }, text: 'Hi', usage },
        m: { ...connecting, status: 'streaming', message: whole, text: 'Hi', usage: message.usage },
        D: { ...connecting, status: 'done', message: whole, text: 'Hi', usage: message.usage },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'ends with the error of its source, and with what had arrived',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const error = new OverloadedError('Overloaded', { status: 529 });
      const source = cold<AnyEvent>('--s--b--d--#   ', letters, error);
      const subs = '                         ^----------!   ';
      const expected = '                     c-s--b--d--(E|)';
      const partial = { ...begun, content: [{ type: 'text', text: 'Hi' }] };
      const seen = source.pipe(
        messageState(),
        map((state) => (state.status === 'error' ? state : state.status)),
      );

      expectObservable(seen).toBe(expected, {
        c: 'connecting',
        s: 'streaming',
        b: 'streaming',
        d: 'streaming',
        E: { status: 'error', message: partial, text: 'Hi', usage: begun.usage, error, attempt: 1 },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  describe('begins', () => {
    it('with connecting, in the moment of the subscription, and is idle before', () => {
      const { values, subscription } = watch(NEVER.pipe(messageState(), startWith(idleMessageState)));
      subscription.unsubscribe();

      expect(values).toStrictEqual([
        { status: 'idle', message: undefined, text: '', usage: undefined, error: undefined, attempt: 1 },
        { status: 'connecting', message: undefined, text: '', usage: undefined, error: undefined, attempt: 1 },
      ]);
    });

    it('before it subscribes, and does not if nobody waits for more', () => {
      const order: unknown[] = [];
      const source = new Observable<never>(() => {
        order.push('source');
      });
      watch(source.pipe(messageState(), take(1)));

      expect(order).toEqual([]);

      const subscription = source.pipe(messageState()).subscribe(({ status }) => order.push(status));
      subscription.unsubscribe();

      expect(order).toEqual(['connecting', 'source']);
    });
  });

  describe('status', () => {
    /** The statuses while a message brings these blocks, one after the other; repeated ones once. */
    const during = (...content: AnyContentBlock[]): string[] =>
      statuses(...eventsOf(buildMessage({ content, stop_reason: 'end_turn' }), { deltaLength: 3 })).filter(
        (status, i, all) => status !== all[i - 1],
      );

    it.each<[string, AnyContentBlock]>([
      ['thinking', thinkingBlock('Let me see.')],
      ['thinking', { type: 'redacted_thinking', data: 'x' }],
      ['tool', toolUseBlock('get', { a: 1 })],
      ['tool', { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'b' } }],
      ['tool', { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'ask', server_name: 's', input: {} }],
    ])('is %s while a block is open that says so: %j', (status, open) => {
      expect(during(open)).toEqual(['connecting', 'streaming', status, 'streaming', 'done']);
      expect(during(open, textBlock('Well.'))).toEqual(['connecting', 'streaming', status, 'streaming', 'done']);
    });

    it.each(['text', 'web_search_tool_result', 'compaction', 'constructor', 'of_tomorrow'])(
      'is streaming while another one is: %s',
      (type) => {
        expect(during({ type, text: '' })).toEqual(['connecting', 'streaming', 'done']);
      },
    );

    it('is that of the newest block that is open, when blocks interleave', () => {
      const sent = [
        start(),
        block('thinking', 0, { thinking: '' }),
        block('text', 1, { text: '' }),
        block('tool_use', 2, { id: 't', name: 'get', input: {} }),
        block('compaction', 3),
        blockStop(1), // says nothing new
        blockStop(3), // nor does this
        blockStop(2),
        blockStop(0),
      ];

      expect(statuses(...sent)).toEqual([
        ...['connecting', 'streaming', 'thinking', 'streaming', 'tool', 'tool', 'thinking', 'streaming', 'error'],
      ]);
    });

    it('is not that of a block that came with the start of the message', () => {
      expect(statuses(start({ content: [toolUseBlock('get')] }))).toEqual(['connecting', 'streaming', 'error']);
    });

    it.each([
      ['attempt', restart, 'retrying'],
      ['message', stop, 'done'],
    ])('is not that of a block of the %s before', (_, between, status) => {
      const open = [start(), block('thinking', 0, { thinking: '' })];
      const next = [start({ id: 'msg_2' }), block('compaction', 1), blockStop(1)];

      expect(statuses(...open, between, ...next)).toEqual([
        ...['connecting', 'streaming', 'thinking', status, 'streaming', 'streaming', 'error'],
      ]);
    });
  });

  describe('after message_stop', () => {
    it(
      'is done, once, while the source lingers',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('s-b-z-p-z-d-m-----|', letters);
        const subs = '       ^-----------------!';
        const expected = '   s-b-D-------------|';

        expectObservable(source.pipe(messageState(), skip(1), map(inShort))).toBe(expected, {
          s: 'streaming 1',
          b: 'streaming 1',
          D: 'done 1',
        });
        expectSubscriptions(source.subscriptions).toBe(subs);
      }),
    );

    it(
      'waits for the tools, if the message stopped for them',
      marbles(({ cold, expectObservable }) => {
        const source = cold('s-t-z------|   ', letters);
        const expected = '   s-t-T------(D|)';

        expectObservable(source.pipe(messageState(), skip(1), map(inShort))).toBe(expected, {
          s: 'streaming 1',
          t: 'streaming 1',
          T: 'tool 1',
          D: 'done 1',
        });
      }),
    );

    it.each<StopReason>(['end_turn', 'max_tokens', 'stop_sequence', 'pause_turn', 'refusal'])(
      'waits for nothing else: %s',
      (reason) => {
        expect(statuses(start(), stops(reason), stop).slice(-2)).toEqual(['streaming', 'done']);
      },
    );

    it('goes on with the next message', () => {
      const next = { id: 'msg_2', content: [textBlock('So: ')], usage: { input_tokens: 50, output_tokens: 1 } };
      const states = statesOf(
        of(
          start(),
          block('text', 0, { text: 'One' }),
          blockStop(),
          stops('tool_use'),
          stop,
          start(next),
          stops('end_turn'),
          stop,
        ),
      );

      expect(states.map(inShort).slice(3)).toEqual([
        ...['streaming 1 One', 'tool 1 One', 'streaming 1 So:', 'streaming 1 So:', 'done 1 So:'],
      ]);
      expect(states[5]).toMatchObject({ message: { id: 'msg_2' }, usage: next.usage });
      expect(lastOf(states).usage).toEqual({ input_tokens: 50, output_tokens: 12 });
    });

    it('is an error if the next message is cut, or the source fails', () => {
      const whole = [start(), stop];

      expect(statuses(...whole, start({ id: 'msg_2' })).slice(2)).toEqual(['done', 'streaming', 'error']);
      expect(lastOf(statesOf(concat(from(whole), failing(overloaded))))).toMatchObject({
        status: 'error',
        error: overloaded,
        message: begun,
      });
    });

    it('follows runTools through all of its turns', () => {
      const { request } = new Answers({ content: ['Let me see. ', call('a', {})] }, { content: 'Well.' });
      const tools = [defineTool({ name: 'a', input: z.object({}), run: () => of('half', 'done') })];
      const states = statesOf(runTools(params, { tools, request })).map(inShort);

      expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
        ...['connecting 1', 'streaming 1', 'streaming 1 Let me see.', 'tool 1 Let me see.', 'streaming 1 Let me see.'],
        ...['tool 1 Let me see.', 'streaming 1', 'streaming 1 Well.', 'done 1 Well.'],
      ]);
    });
  });

  describe('message_restart', () => {
    it(
      'is shown as retrying, until the next attempt has begun',
      marbles(({ cold, expectObservable }) => {
        const source = cold('s-b-d-r--p--S-m-z-|', letters);
        const expected = '   s-b-d-r-----S-m-D-|';

        expectObservable(
          source.pipe(
            messageState(),
            skip(1),
            map((state) => [inShort(state), state.error, state.message?.id]),
          ),
        ).toBe(expected, {
          s: ['streaming 1', undefined, 'msg_0001'],
          b: ['streaming 1', undefined, 'msg_0001'],
          d: ['streaming 1 Hi', undefined, 'msg_0001'],
          r: ['retrying 2', overloaded, undefined],
          S: ['streaming 2', undefined, 'msg_2'],
          m: ['streaming 2', undefined, 'msg_2'],
          D: ['done 2', undefined, 'msg_2'],
        });
      }),
    );

    it('keeps what the attempt had cost', () => {
      const { usage: spent } = begun;
      const abandoned_attempts = [spent];
      const states = statesOf(of(start(), restart, start(), stops('end_turn'), stop));

      expect(states.map(({ usage }) => usage)).toEqual([
        undefined,
        spent,
        { input_tokens: 0, output_tokens: 0, abandoned_attempts },
        { ...spent, abandoned_attempts },
        { ...spent, output_tokens: 12, abandoned_attempts },
        { ...spent, output_tokens: 12, abandoned_attempts },
      ]);
    });

    it('may come before anything else, and more than once', () => {
      const again = { ...restart, attempt: 3 };

      expect(statesOf(of(restart, again, restart)).map(inShort)).toEqual([
        ...['connecting 1', 'retrying 2', 'retrying 3', 'retrying 2', 'error 2'],
      ]);
    });

    it('drops half a surrogate pair', () => {
      const half = [start(), block('text', 0, { text: 'a' }), delta('\ud83d')];

      expect(statesOf(from([...half, restart, ...half])).map(({ text }) => text)).toEqual([
        ...['', '', 'a', 'a', '', '', 'a', 'a', 'a\ud83d'],
      ]);
    });

    it('is an error if it is the last word', () => {
      const [last, before] = statesOf(of(start(), restart)).reverse();

      expect(before).toMatchObject({ status: 'retrying', error: overloaded });
      expect(last).toMatchObject({ status: 'error', error: expect.any(IncompleteMessageError) as unknown, attempt: 2 });
    });

    it('comes from retryOnConnectionError', () => {
      const { scheduler } = virtualClock();
      let attempts = 0;
      const source = defer(() => {
        attempts += 1;
        return attempts < 3 ? concat(from(events.slice(0, 3)), failing(overloaded)) : from(events);
      });
      const retry = retryOnConnectionError({ whenStarted: 'restart', scheduler });
      const { values } = watch(source.pipe(retry, messageState()));
      scheduler.flush();

      expect(values.map(inShort).filter((state) => !state.startsWith('streaming'))).toEqual([
        ...['connecting 1', 'retrying 2', 'retrying 3', 'done 3 Hello, world'],
      ]);
    });
  });

  describe('ends with an error', () => {
    const half = [start(), block('text', 0, { text: 'Hel' })];
    const partial = { content: [textBlock('Hel')] };

    it.each<[string, AnyEvent[], object | undefined]>([
      ['nothing', [], undefined],
      ['only a ping', [ping], undefined],
      ['half a message', half, partial],
    ])('if its source completes after %s', (_, sent, arrived) => {
      const last = lastOf(statesOf(from(sent)));

      expect(last).toMatchObject({ status: 'error', text: arrived ? 'Hel' : '' });
      expect(last.error).toBeInstanceOf(IncompleteMessageError);
      expect(last.error).toMatchObject({ partial: arrived });
      expect(last.message?.content).toEqual(arrived && partial.content);
    });

    it('if an event comes out of order, and leaves its source', () => {
      const source = new Subject<AnyEvent>();
      const { values } = watch(source.pipe(messageState()));
      for (const event of [...half, blockStop(7), delta('lo')]) source.next(event);

      expect(source.observed).toBe(false);
      expect(lastOf(values)).toMatchObject({ status: 'error', text: 'Hel', message: partial });
      expect(lastOf(values).error).toBeInstanceOf(InvalidEventError);
      expect(lastOf(values).error).toMatchObject({ partial });
    });

    it.each([undefined, 'a string', new Error('of the source')])('that is of whatever kind: %p', (error) => {
      const last = lastOf(statesOf(concat(from(half), failing(error))));

      expect(last.status).toBe('error');
      expect(last.error).toBe(error);
    });

    it('with the partial message on an error of the package, unless it has one', () => {
      const own = buildMessage({ id: 'msg_of_another' });
      const [bare, full] = [new AnthropicError('Bare'), new AnthropicError('Full', { partial: own })];

      expect(lastOf(statesOf(concat(from(half), failing(bare)))).message).toBe(bare.partial);
      expect(bare.partial).toMatchObject(partial);
      expect(lastOf(statesOf(concat(from(half), failing(full)))).message).toMatchObject(partial);
      expect(full.partial).toBe(own);
    });

    it('after a retry, with what the last attempt had brought', () => {
      expect(lastOf(statesOf(concat(of(...half, restart), failing(overloaded))))).toEqual({
        ...connecting,
        status: 'error',
        error: overloaded,
        usage: { input_tokens: 0, output_tokens: 0, abandoned_attempts: [begun.usage] },
        attempt: 2,
      });
    });
  });

  describe('ends as aborted', () => {
    const half = [start(), block('text', 0, { text: 'Hel' })];

    it.each([
      ['APIUserAbortError', new APIUserAbortError('Aborted')],
      ['AbortError', new DOMException('Aborted', 'AbortError')],
      ['AbortError of another kind', Object.assign(new Error('Aborted'), { name: 'AbortError' })],
    ])('by an %s', (_, error) => {
      const last = lastOf(statesOf(concat(from(half), failing(error))));

      expect(last).toMatchObject({ status: 'aborted', text: 'Hel', message: { content: [textBlock('Hel')] } });
      expect(last.error).toBe(error);
    });

    it('by the signal of the request', async () => {
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
  ])('has the whole text of an input that was cut by %s', (_, abort, end) => {
    const fragments = ['{"a":1', '23'].map((partial_json) => ({
      ...delta(''),
      delta: { type: 'input_json_delta', partial_json },
    }));
    const source = concat(
      from([start(), block('tool_use', 0, { id: 't', name: 'get', input: {} }), ...fragments]),
      end,
    );
    const left = new Subject<void>();
    const seen = watch(source.pipe(messageState(abort && { abort: left })));
    left.next();
    const [call] = lastOf(seen.values).message?.content ?? [];

    expect(toolInputStatus(call as ToolUseBlock)).toStrictEqual({ raw: '{"a":123', state: 'partial' });
  });

  it('ends with an error that is frozen as it is', () => {
    const error = Object.freeze(new APIConnectionError('lost'));
    const last = lastOf(statesOf(concat(from([start()]), failing(error))));

    expect(last).toMatchObject({ status: 'error' });
    expect(last.error).toBe(error);
  });

  describe('abort', () => {
    it(
      'leaves the source, and ends as aborted with what had arrived',
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('s-b-d-----z-|', letters);
        const subs = '       ^-------!    ';
        const abort = cold(' --------x-x  ');
        const abortSubs = '  ^-------!    ';
        const expected = '   s-b-d---(A|) ';
        const partial = { ...begun, content: [textBlock('Hi')] };

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
          A: { status: 'aborted', message: partial, text: 'Hi', usage: begun.usage, error: undefined, attempt: 1 },
        });
        expectSubscriptions(source.subscriptions).toBe(subs);
        expectSubscriptions(abort.subscriptions).toBe(abortSubs);
      }),
    );

    it('is left when the source ends', () => {
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

    it('means nothing if it only completes', () => {
      expect(statesOf(from(events), { abort: [] })).toEqual(statesOf(from(events)));
    });

    it('ends as an error if it fails', () => {
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
    ])('keeps the source from being subscribed if it %s at once', (_, abort, status, error) => {
      let subscribed = false;
      const source = new Observable<never>(() => {
        subscribed = true;
      });

      expect(statesOf(source, { abort })).toEqual([connecting, { ...connecting, status, error }]);
      expect(subscribed).toBe(false);
    });

    it.each(['connecting', 'streaming', 'retrying'])('may come from who is told that it is %s', (when) => {
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

    it('leaves a message that is whole, and lingers, as it is', () => {
      const abort = new Subject<void>();
      const seen = watch(concat(from(events), NEVER).pipe(messageState({ abort })));
      abort.next();

      expect(seen.ended).toBe('completed');
      expect(lastOf(seen.values)).toMatchObject({ status: 'done', message });
    });

    it('ends a turn as aborted that the API would go on with', () => {
      const abort = new Subject<void>();
      const paused = buildMessage({ content: 'Searching', stop_reason: 'pause_turn' });
      const seen = watch(concat(from(eventsOf(paused)), NEVER).pipe(messageState({ abort })));
      abort.next();

      expect(lastOf(seen.values).status).toBe('aborted');
    });

    it('has aborted the request before it says so', async () => {
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

    it('is subscribed once for each subscription', () => {
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
    ])('is refused at the call if it is %s', (_, abort) => {
      const call = () => messageState({ abort: abort as ObservableInput<unknown> });

      expect(call).toThrow(TypeError);
      expect(call).toThrow('messageState: abort must be an Observable, a promise or another ObservableInput.');
    });
  });

  describe('its states', () => {
    it.each(streams)('are new exactly where something has changed: $name', ({ events }) => {
      const states = statesOf(from(events));
      for (const [i, state] of states.slice(1).entries()) {
        const before = states[i];
        const changed = FIELDS.filter((field) => state[field] !== before?.[field]);

        expect(changed).not.toEqual([]);
        expect(changed.filter((field) => written(state[field]) === written(before?.[field]))).toEqual([]);
      }
    });

    it('share the blocks that have stopped', () => {
      const whole = buildMessage({ content: [thinkingBlock('Hm.'), toolUseBlock('get', { a: [1] }), 'Hello, world'] });
      const [first, second] = statesOf(from(eventsOf(whole, { deltaLength: 5 }))).slice(-4);

      expect(first?.message?.content).toHaveLength(3);
      expect(second?.message).not.toBe(first?.message);
      expect(second?.message?.content[0]).toBe(first?.message?.content[0]);
      expect(second?.message?.content[1]).toBe(first?.message?.content[1]);
      expect(second?.usage).toBe(first?.usage);
    });

    it.each(streams)('never change, and leave the events as they were: $name', ({ events }) => {
      const told: MessageState[] = [];
      const kept: MessageState[] = [];
      from(deepFreeze(structuredClone(events)))
        .pipe(messageState())
        .subscribe((state) => {
          told.push(deepFreeze(state));
          kept.push(structuredClone(state));
        });

      expect(told).toEqual(kept);
      expect(told).toEqual(statesOf(from(events)));
    });

    it.each(streams)('say at each event what the other operators say: $name', ({ events }) => {
      const source = new Subject<AnyEvent>();
      let [text, message, counts]: [string, Message | undefined, RunningUsage | undefined] = ['', undefined, undefined];
      source.pipe(textDeltas()).subscribe((delta) => (text += delta));
      source.pipe(accumulateMessage()).subscribe((next) => (message = next));
      source.pipe(usage()).subscribe((next) => (counts = next));
      const { values } = watch(source.pipe(messageState()));
      for (const event of events) {
        if (event.type === 'message_start') text = '';
        source.next(event);

        expect(lastOf(values)).toMatchObject({ text, message, usage: counts, error: undefined });
      }
      source.complete();
    });
  });

  describe('text', () => {
    it('is that of all text blocks, in whole characters', () => {
      const sent = [
        start({ content: [textBlock('0')] }),
        block('text', 1, { text: '1' }),
        delta('a\ud83d', 1),
        block('thinking', 2, { thinking: 'Hm.' }),
        { type: 'content_block_delta', index: 2, delta: { type: 'thinking_delta', thinking: ' No.' } },
        delta('\ude00b', 1),
        block('text', 3, { text: '\ud83d' }),
        blockStop(3),
        block('text', 4, { text: 'c\ud83d' }),
        stop,
      ];

      expect(statesOf(from(sent)).map(({ text }) => text)).toEqual([
        ...['', '0', '01', '01a', '01a', '01a', '01a😀b', '01a😀b', '01a😀b\ud83d', '01a😀b\ud83dc'],
        '01a😀b\ud83dc\ud83d',
      ]);
    });

    it('gets the half of a pair whose other half never comes, when its block stops', () => {
      const sent = [start(), block('text', 0, { text: 'a\ud83d' }), blockStop()];

      expect(statesOf(from(sent)).map(({ text }) => text)).toEqual(['', '', 'a', 'a\ud83d', 'a\ud83d']);
    });

    it('is not that of what comes after a whole message', () => {
      expect(lastOf(statesOf(of(...events, delta('!')))).text).toBe('Hello, world');
    });
  });

  describe('of any prefix of a stream, with any ending', () => {
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

    /** The text of the last message that has begun and was not withdrawn, by way of `textDeltas`. */
    function textOf(sent: readonly AnyEvent[]): string {
      const begins = sent.map(({ type }) => type === 'message_start' || type === 'message_restart').lastIndexOf(true);
      return watch(from(sent.slice(Math.max(begins, 0))).pipe(textDeltas())).values.join('');
    }

    function expectEnding(prefix: readonly AnyEvent[]): void {
      for (const [, allowed, end] of endings) {
        const seen = watch(end(from(prefix)));
        const last = lastOf(seen.values);
        const isWhole = prefix.filter(({ type }) => type.startsWith('message_')).at(-1)?.type === 'message_stop';

        expect(seen.ended).toBe('completed');
        const wasDone = lastOf(watch(concat(from(prefix), NEVER).pipe(messageState())).values).status === 'done';
        const isDone = allowed[1] === 'aborted' ? wasDone : isWhole;
        expect(last.status).toBe(allowed.length === 1 || isDone ? allowed[0] : allowed[1]);
        expect(last.text).toBe(textOf(prefix));
        expect(seen.values.filter(({ status }) => status === 'error' || status === 'aborted').length).toBe(
          last.status === 'done' ? 0 : 1,
        );
      }
    }

    it.each(streams)('the last state is terminal, and has the text that came: $name', ({ events }) => {
      for (let count = 0; count <= events.length; count += 1) expectEnding(events.slice(0, count));
    });

    it('so it is however a text is cut, and however often it is withdrawn', () => {
      const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 6 });
      const cuts = fc.tuple(texts, texts, fc.nat(60), fc.constantFrom(2, 3), fc.boolean());
      fc.assert(
        fc.property(cuts, ([first, second, count, length, withdrawn]) => {
          const sent = [first, second].flatMap((pieces, i): AnyEvent[] => [
            start({ id: `msg_${i}` }),
            block('text', 0, { text: '' }),
            ...[...pieces.join('').matchAll(new RegExp(`[^]{1,${length - 1}}`, 'g'))].map(([piece]) => delta(piece)),
            ...(withdrawn && i === 0 ? [restart] : [blockStop(), stops('end_turn'), stop]),
          ]);
          expectEnding(sent.slice(0, count));
        }),
        { numRuns: 100, seed: 7 },
      );
    });
  });

  describe('a subscriber who leaves', () => {
    it.each([0, 1, 2, 3, 4, 5, 6])('in the middle of state %d leaves nothing', (count) => {
      const abort = new Subject();
      const source = new Subject<AnyEvent>();
      const seen: MessageState[] = [];
      const leave = new Subject<void>();
      const open: Observable<AnyEvent> = new Observable((subscriber) => source.subscribe(subscriber));
      const subscription = open.pipe(messageState({ abort }), takeUntil(leave)).subscribe((state) => {
        seen.push(state);
        if (seen.length > count) leave.next();
      });
      for (const event of events) source.next(event);

      expect(seen).toHaveLength(count + 1);
      expect([source.observed, abort.observed, subscription.closed]).toEqual([false, false, true]);
    });
  });

  it('has types that narrow by status, and that can be taken apart', () => {
    const events$: Observable<MessageStreamEvent> = NEVER;
    const states = events$.pipe(messageState());
    const signal = <T>(value: T): T => value;
    const narrow = (state: MessageState): void => {
      const { status, message, text, usage, error, attempt } = state;
      expectTypeOf(message).toEqualTypeOf<Message | undefined>();
      expectTypeOf(text).toEqualTypeOf<string>();
      expectTypeOf(usage).toEqualTypeOf<RunningUsage | undefined>();
      expectTypeOf(error).toEqualTypeOf<unknown>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
      if (status === 'done' || status === 'streaming') expectTypeOf(message).toEqualTypeOf<Message>();
      if (state.status === 'retrying') expectTypeOf(state.message).toEqualTypeOf<undefined>();
      if (state.status === 'thinking') expectTypeOf(state.error).toEqualTypeOf<undefined>();
      if (state.status === 'error') expectTypeOf(state.error).toEqualTypeOf<unknown>();
      // @ts-expect-error -- what an error has left may be nothing
      if (state.status === 'error') expectTypeOf(state.message).toEqualTypeOf<Message>();
      // @ts-expect-error -- states are values
      state.text = '';
    };

    expectTypeOf(states).toEqualTypeOf<Observable<MessageState>>();
    expectTypeOf(states.pipe(startWith(idleMessageState))).toEqualTypeOf<Observable<MessageState>>();
    expectTypeOf(signal(idleMessageState)).toEqualTypeOf<MessageState>();
    expectTypeOf<MessageState['status']>().toEqualTypeOf<
      'idle' | 'connecting' | 'thinking' | 'streaming' | 'tool' | 'done' | 'error' | 'aborted' | 'retrying'
    >();
    expect(narrow).toBeInstanceOf(Function);
  });
});
