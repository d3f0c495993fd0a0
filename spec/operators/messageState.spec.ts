import { expectTypeOf } from 'expect-type';
import {
  concat,
  from,
  map,
  NEVER,
  Observable,
  of,
  pipe,
  skip,
  startWith,
  Subject,
  take,
  takeUntil,
  type OperatorFunction,
} from 'rxjs';
import { z } from 'zod';
import {
  defineTool,
  OverloadedError,
  runTools,
  type AnthropicError,
  type AnyEvent,
  type ContentBlock,
  type Message,
  type MessageStreamEvent,
  type RunningUsage,
  type StopReason,
} from '../../src/index.js';
import { idleMessageState, messageState, type MessageState } from '../../src/operators/messageState.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';
import { watch } from '../source/support/outcome.js';
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStop, inputJsonDelta, messageDelta, messageStop } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { Answers, call, params } from '../tools/support/turns.js';
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
  statuses,
  lastOf,
  inShort,
  failing,
} from './support/messageStates.js';

describe('messageState', () => {
  // It emits a first state on subscription and never fails. Without these two it keeps the contract.
  const failingOperator = (): OperatorFunction<AnyEvent, MessageState> =>
    pipe(
      messageState(),
      skip(1),
      map((state) => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- the cause is what the source failed with
        if (state.status === 'error') throw state.error.cause ?? state.error;
        return state;
      }),
    );

  itKeepsTheOperatorContract<AnyEvent, MessageState>(failingOperator, { values: events, empty: 'is incomplete' });

  it(
    'emits how the message grows, and done at message_stop',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<AnyEvent>('--s--b-p-d--e--m--z-----|', letters);
      const subs = '                         ^-----------------------!';
      const expected = '                     c-s--b---d-----m--D-----|';
      const { usage } = opening;
      const text = (text: string): ContentBlock[] => [{ type: 'text', text }];
      const whole: Message = { ...message, content: text('Hi') };

      expectObservable(source.pipe(messageState())).toBe(expected, {
        c: connecting,
        s: { ...connecting, status: 'streaming', message: opening, usage },
        b: { ...connecting, status: 'streaming', message: { ...opening, content: text('') }, usage },
        d: { ...connecting, status: 'streaming', message: { ...opening, content: text('Hi') }, text: 'Hi', usage },
        m: { ...connecting, status: 'streaming', message: whole, text: 'Hi', usage: message.usage },
        D: { ...connecting, status: 'done', message: whole, text: 'Hi', usage: message.usage },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'ends with the error of its source and the message so far',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const error = new OverloadedError('Overloaded', { status: 529 });
      const source = cold<AnyEvent>('--s--b--d--#   ', letters, error);
      const subs = '                         ^----------!   ';
      const expected = '                     c-s--b--d--(E|)';
      const partial = { ...opening, content: [{ type: 'text', text: 'Hi' }] };
      const seen = source.pipe(
        messageState(),
        map((state) => (state.status === 'error' ? state : state.status)),
      );

      expectObservable(seen).toBe(expected, {
        c: 'connecting',
        s: 'streaming',
        b: 'streaming',
        d: 'streaming',
        E: {
          status: 'error',
          message: partial,
          text: 'Hi',
          usage: opening.usage,
          error,
          attempt: 1,
          delayMs: undefined,
        },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  describe('the first state', () => {
    it('is connecting, on subscription', () => {
      const { values, subscription } = watch(NEVER.pipe(messageState(), startWith(idleMessageState)));
      subscription.unsubscribe();

      expect(values).toStrictEqual([
        {
          status: 'idle',
          message: undefined,
          text: '',
          usage: undefined,
          error: undefined,
          attempt: 1,
          delayMs: undefined,
        },
        {
          status: 'connecting',
          message: undefined,
          text: '',
          usage: undefined,
          error: undefined,
          attempt: 1,
          delayMs: undefined,
        },
      ]);
    });

    it('is emitted before it subscribes to the source, which it only does if more is requested', () => {
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
    /** The statuses during a message with these blocks in sequence, without repetitions. */
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
      ['tool', { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }],
    ])('is %s from the start of a block of that kind until another starts: %j', (status, open) => {
      expect(during(open)).toEqual(['connecting', 'streaming', status, 'done']);
      expect(during(open, open)).toEqual(['connecting', 'streaming', status, 'done']);
      expect(during(open, textBlock('Well.'))).toEqual(['connecting', 'streaming', status, 'streaming', 'done']);
    });

    it.each(['text', 'compaction', 'constructor', 'of_a_newer_api'])(
      'is streaming while a block of another type is open: %s',
      (type) => {
        expect(during({ type, text: '' })).toEqual(['connecting', 'streaming', 'done']);
      },
    );

    it('is that of the newest open block if blocks interleave', () => {
      const sent = [
        start(),
        block('thinking', 0, { thinking: '' }),
        block('text', 1, { text: '' }),
        block('tool_use', 2, { id: 't', name: 'get', input: {} }),
        block('compaction', 3),
        blockStop(1), // does not change the status
        blockStop(3), // nor does this one
        blockStop(2),
        blockStop(0),
      ];

      expect(statuses(...sent)).toEqual([
        ...['connecting', 'streaming', 'thinking', 'streaming', 'tool', 'tool', 'thinking', 'error'],
      ]);
    });

    it('stays tool while calls run in parallel, one after the other, or again after a restart', () => {
      const calls = (...indexes: readonly number[]): AnyEvent[] => [
        ...indexes.map((index) => block('tool_use', index, { id: `t${index}`, name: 'get', input: {} })),
        ...indexes.flatMap((index) => [inputJsonDelta('{}', index), blockStop(index)]),
      ];
      const sent = [start(), ...calls(0, 1), ...calls(2), retry, start(), ...calls(0, 1, 2), messageDelta('tool_use')];

      expect(statuses(...sent, messageStop).filter((status, i, all) => status !== all[i - 1])).toEqual([
        ...['connecting', 'streaming', 'tool', 'retrying', 'streaming', 'tool', 'done'],
      ]);
    });

    it('is not affected by a block in the message_start', () => {
      expect(statuses(start({ content: [toolUseBlock('get')] }))).toEqual(['connecting', 'streaming', 'error']);
    });

    it.each([
      ['attempt', retry, 'retrying'],
      ['message', messageStop, 'done'],
    ])('is not affected by a block of the previous %s', (_, between, status) => {
      const open = [start(), block('thinking', 0, { thinking: '' })];
      const next = [start({ id: 'msg_2' }), block('compaction', 1), blockStop(1)];

      expect(statuses(...open, between, ...next)).toEqual([
        ...['connecting', 'streaming', 'thinking', status, 'streaming', 'streaming', 'error'],
      ]);
    });
  });

  describe('after message_stop', () => {
    it(
      'is done once, although the source has not completed',
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
      'is tool until the source completes if the message stopped for tools',
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

    it.each<StopReason>(['pause_turn', 'compaction'])('stays until the next message or the end after %s', (reason) => {
      const paused = [start(), block('server_tool_use', 0, { id: 's', name: 'web_search', input: {} }), blockStop()];
      const next = [start({ id: 'msg_2' }), messageDelta('end_turn'), messageStop];
      const changes = (...sent: readonly AnyEvent[]): string[] =>
        statuses(...paused, messageDelta(reason), messageStop, ...sent).filter(
          (status, i, all) => status !== all[i - 1],
        );

      expect(changes()).toEqual(['connecting', 'streaming', 'tool', 'done']);
      expect(changes(...next)).toEqual(['connecting', 'streaming', 'tool', 'streaming', 'done']);
    });

    it.each<StopReason>(['end_turn', 'max_tokens', 'stop_sequence', 'refusal'])(
      'is done after any other stop reason: %s',
      (reason) => {
        expect(statuses(start(), messageDelta(reason), messageStop).slice(-2)).toEqual(['streaming', 'done']);
      },
    );

    it('continues with the next message', () => {
      const next = { id: 'msg_2', content: [textBlock('So: ')], usage: { input_tokens: 50, output_tokens: 1 } };
      const states = statesOf(
        of(
          start(),
          block('text', 0, { text: 'One' }),
          blockStop(),
          messageDelta('tool_use'),
          messageStop,
          start(next),
          messageDelta('end_turn'),
          messageStop,
        ),
      );

      expect(states.map(inShort).slice(3)).toEqual([
        ...['streaming 1 One', 'tool 1 One', 'streaming 1 So:', 'streaming 1 So:', 'done 1 So:'],
      ]);
      expect(states[5]).toMatchObject({ message: { id: 'msg_2' }, usage: next.usage });
      expect(lastOf(states).usage).toEqual({ input_tokens: 50, output_tokens: 12 });
    });

    it('is an error if the next message is incomplete or the source fails', () => {
      const complete = [start(), messageStop];

      expect(statuses(...complete, start({ id: 'msg_2' })).slice(2)).toEqual(['done', 'streaming', 'error']);
      expect(lastOf(statesOf(concat(from(complete), failing(overloaded))))).toMatchObject({
        status: 'error',
        error: overloaded,
        message: opening,
      });
    });

    it('follows all turns of runTools', () => {
      const { request } = new Answers({ content: ['Let me see. ', call('a', {})] }, { content: 'Well.' });
      const tools = [defineTool({ name: 'a', input: z.object({}), run: () => of('half', 'done') })];
      const states = statesOf(runTools(params, { tools, request })).map(inShort);

      expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
        ...['connecting 1', 'streaming 1', 'streaming 1 Let me see.', 'tool 1 Let me see.'],
        ...['streaming 1', 'streaming 1 Well.', 'done 1 Well.'],
      ]);
    });
  });

  describe('a consumer that unsubscribes', () => {
    it.each([0, 1, 2, 3, 4, 5, 6])('while state %d is delivered leaves no subscription', (count) => {
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

  it('has types that narrow by status, and can be destructured', () => {
    const events$: Observable<MessageStreamEvent> = NEVER;
    const states = events$.pipe(messageState());
    const signal = <T>(value: T): T => value;
    const narrow = (state: MessageState): void => {
      const { status, message, text, usage, error, attempt, delayMs } = state;
      expectTypeOf(message).toEqualTypeOf<Message | undefined>();
      expectTypeOf(text).toEqualTypeOf<string>();
      expectTypeOf(usage).toEqualTypeOf<RunningUsage | undefined>();
      expectTypeOf(error).toEqualTypeOf<AnthropicError | undefined>();
      expectTypeOf(delayMs).toEqualTypeOf<number | undefined>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
      if (status === 'done' || status === 'streaming') expectTypeOf(message).toEqualTypeOf<Message>();
      if (state.status === 'retrying') expectTypeOf(state.message).toEqualTypeOf<undefined>();
      if (state.status === 'thinking') expectTypeOf(state.error).toEqualTypeOf<undefined>();
      if (state.status === 'error') expectTypeOf(state.error).toEqualTypeOf<AnthropicError>();
      if (state.status === 'retrying') expectTypeOf(state.delayMs).toEqualTypeOf<number>();
      if (state.status === 'reconnecting') expectTypeOf(state.message).toEqualTypeOf<Message>();
      // @ts-expect-error -- there may be no message
      if (state.status === 'error') expectTypeOf(state.message).toEqualTypeOf<Message>();
      // @ts-expect-error -- states are values
      state.text = '';
    };

    expectTypeOf(states).toEqualTypeOf<Observable<MessageState>>();
    expectTypeOf(states.pipe(startWith(idleMessageState))).toEqualTypeOf<Observable<MessageState>>();
    expectTypeOf(signal(idleMessageState)).toEqualTypeOf<MessageState>();
    expectTypeOf<MessageState['status']>().toEqualTypeOf<
      | 'idle'
      | 'connecting'
      | 'thinking'
      | 'streaming'
      | 'tool'
      | 'done'
      | 'error'
      | 'aborted'
      | 'retrying'
      | 'reconnecting'
    >();
    expect(narrow).toBeInstanceOf(Function);
  });
});
