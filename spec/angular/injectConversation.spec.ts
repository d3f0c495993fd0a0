/** @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts */
import { configure, inContext } from './support/testBed.js';
import { createEnvironmentInjector, EnvironmentInjector, Injector, type Signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expectTypeOf } from 'expect-type';
import { from, NEVER, Observable } from 'rxjs';
import { z } from 'zod';
import { injectConversation } from '../../src/angular/index.js';
import {
  APIConnectionError,
  defineTool,
  fromResponse,
  runTools,
  type AnyEvent,
  type ConversationRequest,
  type ConversationState,
  type ConversationTool,
} from '../../src/index.js';
import { buildMessage, eventsOf, sseOf, toolUseBlock } from '../../src/testing/index.js';
import { until } from '../relay/support/until.js';
import { watch } from '../source/support/outcome.js';
import { useServers } from '../source/support/servers.js';
import { blockStart, messageStart, textDelta } from '../support/events.js';

const start = useServers();
const message = buildMessage({ content: 'Hello there.' });

/** The beginning of a message, whose connection is then lost. */
const half = (text: string): Observable<AnyEvent> =>
  new Observable((subscriber) => {
    for (const event of [messageStart(), blockStart(0, { type: 'text', text: '' }), textDelta(text)]) {
      subscriber.next(event);
    }
    subscriber.error(new APIConnectionError('lost'));
  });

/** A conversation whose requests have these answers, in order. After the last one, nothing answers. */
function converse(...answers: readonly Observable<AnyEvent>[]) {
  const requests: ConversationRequest[] = [];
  const chat = inContext(() =>
    injectConversation({
      request: (request) => {
        requests.push(request);
        return answers[requests.length - 1] ?? NEVER;
      },
    }),
  );
  return { chat, requests };
}

it('has the state as signals', () => {
  const { chat } = converse(from(eventsOf(message)), half('Half an'));

  expect(chat.state()).toMatchObject({ status: 'idle', turns: [] });

  chat.send('Hi');

  expect(chat.status()).toBe('done');
  expect(chat.turns()).toMatchObject([{ text: 'Hi' }, { text: 'Hello there.' }]);
  expect(chat.usage()).toMatchObject({ output_tokens: 10 });
  expect([chat.error(), chat.canRetry(), chat.canContinue(), chat.attempt()]).toEqual([undefined, false, false, 1]);

  chat.send('And?');

  expect(chat.status()).toBe('error');
  expect(chat.error()).toMatchObject({ name: 'APIConnectionError' });
  expect([chat.canRetry(), chat.canContinue(), chat.delayMs(), chat.tools()]).toEqual([true, true, undefined, []]);

  chat.retry();

  expect(chat.status()).toBe('connecting');
  expect(chat.current()).toBeUndefined();
});

it('has the history as a signal, to save it', () => {
  const { chat } = converse(from(eventsOf(message)));

  expect(chat.history()).toEqual([]);

  chat.send('Hi');

  expect(chat.history()).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: message.content },
  ]);
});

it('has methods that can be passed on', () => {
  const { chat, requests } = converse(half('Half an'), half('Another half'), from(eventsOf(message)), NEVER, NEVER);
  const { send, stop, retry, continue: goOn, edit, reset } = chat;

  send('Hi');
  retry();
  expect(chat.turns()).toMatchObject([{ text: 'Hi' }, { text: 'Another half' }]);

  goOn();
  expect(chat.status()).toBe('done');

  edit(0, 'Hello');
  expect(requests.at(-1)?.messages).toEqual([{ role: 'user', content: 'Hello' }]);

  stop();
  expect(chat.status()).toBe('aborted');

  reset();
  expect(chat.state()).toMatchObject({ status: 'idle', turns: [] });
});

it('asks for approval of tools, whose calls have the types of the tools', async () => {
  const refund = defineTool({
    name: 'refund',
    description: 'Pays money back.',
    input: z.object({ euros: z.number() }),
    needsApproval: true,
    run: ({ euros }) => `${euros} € paid`,
  });
  const call = (id: string) =>
    from(eventsOf(buildMessage({ content: [toolUseBlock('refund', { euros: 9 }, { id })] })));
  const answers = [call('toolu_1'), call('toolu_2'), from(eventsOf(message))];
  const chat = inContext(() =>
    injectConversation({ tools: [refund], runTools, request: () => answers.shift() ?? NEVER }),
  );
  const { approve, decline } = chat;

  chat.send('I want my money back.');
  await until(() => chat.status() === 'approval');
  approve('toolu_1');
  await until(() => chat.tools().some(({ id, status }) => id === 'toolu_2' && status === 'approval'));
  decline('toolu_2', 'Once is enough.');
  await until(() => chat.status() === 'done');

  const [first] = chat.tools();
  if (first?.name === 'refund' && first.status === 'done') expectTypeOf(first.input).toEqualTypeOf<{ euros: number }>();
  expect(chat.tools().map(({ status, result }) => [status, result])).toEqual([
    ['done', '9 € paid'],
    ['declined', expect.stringContaining('Once is enough.')],
  ]);
});

it('has its states as an Observable too', () => {
  const { chat } = converse(from(eventsOf(message)));
  const { values } = watch(chat.state$);
  chat.send('Hi');

  expect(values[0]?.status).toBe('idle');
  expect(values.at(-1)).toBe(chat.state());
});

it('ends with its injection context: the server sees it, and the option stop is not called', async () => {
  const server = await start({ message, stallAtByte: sseOf(eventsOf(message)).length - 200 });
  const parent = inContext(() => TestBed.inject(EnvironmentInjector));
  const environment = createEnvironmentInjector([], parent);
  const stop = jest.fn();
  const chat = injectConversation({
    injector: environment.get(Injector),
    stop,
    request: ({ messages }) =>
      fromResponse((signal) =>
        fetch(`${server.url}/v1/messages`, {
          method: 'POST',
          body: JSON.stringify({ stream: true, messages }),
          signal,
        }),
      ),
  });
  const states = watch(chat.state$);
  chat.send('Hi');
  await until(() => chat.current()?.text === 'Hello there.');
  const request = await server.request();

  environment.destroy();
  await request.closed;

  expect(request.hungUp).toBe(true);
  expect(states.ended).toBe('completed');
  expect(stop).not.toHaveBeenCalled();
});

describe('injectConversation', () => {
  it('is called in an injection context, or with an injector', () => {
    const request = () => NEVER;

    configure();

    expect(() => injectConversation({ request })).toThrow(/NG0203/);
    expect(injectConversation({ request, injector: TestBed.inject(Injector) }).status()).toBe('idle');
  });

  it('checks its options at call time', () => {
    const untyped: (options: never) => unknown = injectConversation;

    expect(() => inContext(() => untyped({} as never))).toThrow('conversation: request must be a function');
  });

  it('has the types of the conversation', () => {
    const { chat } = converse();

    expectTypeOf(chat.state).toEqualTypeOf<Signal<ConversationState>>();
    expectTypeOf(chat.tools).toEqualTypeOf<Signal<readonly ConversationTool[]>>();
    expectTypeOf(chat).not.toHaveProperty('destroy');
  });
});
