import { concat, from, lastValueFrom, NEVER, of, throwError, type Observable } from 'rxjs';
import {
  AnthropicError,
  OverloadedError,
  runTools,
  toMessageParam,
  type MessageParam,
  type MessageStreamEvent,
  type RunToolsOptions,
} from '../../src/index.js';
import { buildMessage, eventsOf, textBlock, thinkingBlock } from '../../src/testing/index.js';
import { refusalOf } from '../history/support/api.js';
import { inputJsonDelta } from '../support/events.js';
import { tool } from './support/run.js';
import { Answers, call, letters, params } from './support/turns.js';

const overloaded = () => new OverloadedError('Overloaded', { status: 529 });
const done = (name: string, content = 'done') => ({ type: 'tool_result', tool_use_id: `id_${name}`, content });
const synthetic = (name: string, text: string) => ({
  type: 'tool_result',
  tool_use_id: `id_${name}`,
  content: expect.stringContaining(text) as unknown,
  is_error: true,
});
const tools = [tool('a', () => 'done'), tool('b', () => NEVER), tool('c', () => 'done')];

interface Failure {
  readonly error: AnthropicError;
  /** What the run added to the conversation. */
  readonly added: readonly MessageParam[];
  /** The conversations that `onTurn` received. */
  readonly saved: readonly (readonly MessageParam[])[];
}

async function failureOf(options: Partial<RunToolsOptions>): Promise<Failure> {
  const saved: (readonly MessageParam[])[] = [];
  const onTurn = ({ messages }: { readonly messages: readonly MessageParam[] }) => void saved.push(messages);
  const error: unknown = await lastValueFrom(runTools(params, { tools, onTurn, ...options })).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof AnthropicError)) throw new Error('the run did not fail');
  const { messages = [] } = error;
  expect(refusalOf({ ...params, messages })).toBeUndefined();
  return { error, added: messages.slice(params.messages.length), saved };
}

/** Emits the events, and fails. */
const failingAfter = (...events: MessageStreamEvent[]): Observable<MessageStreamEvent> =>
  concat(
    from(events),
    throwError(() => overloaded()),
  );

describe('runTools: the conversation of a run that fails', () => {
  it('has the results so far, and one for each call that was interrupted, if the run is aborted', async () => {
    const controller = new AbortController();
    const run = failureOf({
      request: new Answers({ content: ['Well.', call('a'), call('b'), call('c')] }).request,
      signal: controller.signal,
      concurrency: 2,
      onToolResult: ({ name }) => {
        if (name === 'c')
          queueMicrotask(() => {
            controller.abort();
          });
      },
    });
    const { error, added, saved } = await run;

    expect(error).toMatchObject({ name: 'APIUserAbortError', partial: undefined });
    expect(added).toEqual([
      { role: 'assistant', content: [textBlock('Well.'), call('a'), call('b'), call('c')] },
      { role: 'user', content: [done('a'), synthetic('b', 'interrupted. It may have taken effect'), done('c')] },
    ]);
    expect(saved).toEqual([error.messages]);
  });

  it('says that a call was not run if it was waiting for a slot or an answer', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const request = new Answers({ content: [call('b'), call('a'), call('c')] }).request;
    const onTool = ({ name }: { readonly name: string }) => (name === 'c' ? NEVER : undefined);
    const run = failureOf({ request, signal, concurrency: 1, onTool });
    controller.abort();
    const { added } = await run;

    expect(added[1]?.content).toEqual([
      synthetic('b', 'interrupted'),
      synthetic('a', 'was not run'),
      synthetic('c', 'was not run'),
    ]);
  });

  it('has the message in progress, up to its calls, if that message fails', async () => {
    const { s, A, a, B, b, T, t } = letters;
    const signed = eventsOf(buildMessage({ content: [thinkingBlock('Hm.'), 'I look.'] })).slice(1, -2);
    const shifted = signed.map((event) => ('index' in event ? { ...event, index: event.index + 4 } : event));
    const { error, added } = await failureOf({
      request: () => failingAfter(s, A, a, B, b, T, t, ...shifted, inputJsonDelta('', 5)),
    });

    expect(added).toEqual([
      {
        role: 'assistant',
        content: [call('a'), call('b'), textBlock('Well.'), thinkingBlock('Hm.'), textBlock('I look.')],
      },
      { role: 'user', content: [done('a'), synthetic('b', 'interrupted')] },
    ]);
    expect(error.partial?.content).toHaveLength(5);
  });

  it('leaves out a call that the model had not moved on from', async () => {
    const { s, A, a, C, c } = letters;
    const open = [s, A, a, C, inputJsonDelta('{"x":', 2)];
    const stopped = [s, A, a, C, c];

    for (const events of [open, stopped]) {
      const { added } = await failureOf({ request: () => failingAfter(...events) });

      expect(added).toEqual([
        { role: 'assistant', content: [call('a')] },
        { role: 'user', content: [done('a')] },
      ]);
    }
  });

  it('is unchanged if no call of the message had begun, so that it can be sent again', async () => {
    const { s, T, A, a } = letters;

    for (const events of [[], [s], [s, T], [s, A, a]]) {
      const { error, saved } = await failureOf({ request: () => failingAfter(...events) });

      expect(error.messages).toEqual(params.messages);
      expect(saved).toEqual([]);
    }
  });

  it('has the turns before, and only the message in progress as partial, if a later request fails', async () => {
    const requests = [
      from(eventsOf(buildMessage({ content: [call('a')] }))),
      failingAfter(),
      failingAfter(letters.s, letters.T),
    ];
    const run = (...answers: typeof requests) =>
      failureOf({ request: (_, { turn }) => answers[turn - 1] ?? throwError(() => overloaded()) });
    const [first, second, third] = requests;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no requests');
    const atOnce = await run(first, second);
    const later = await run(first, third);

    expect(atOnce.error.partial).toBeUndefined();
    expect(later.error.partial?.content).toEqual([textBlock('Well.')]);
    expect([atOnce.added.length, later.added.length]).toEqual([2, 2]);
    expect([atOnce.saved.length, later.saved.length]).toEqual([1, 1]);
  });

  it('can be continued: with the error as it is, or with its partial message', async () => {
    const { s, T } = letters;
    const answers = new Answers({ content: [call('a')] }, failingAfter(s, T));
    const { error } = await failureOf({ request: answers.request });
    const { messages = [], partial } = error;
    const turn = partial && toMessageParam(partial);
    const again = new Answers({ content: 'Done.' });
    await lastValueFrom(runTools({ ...params, messages }, { tools, request: again.request }));

    expect(again.asked[0]?.messages).toEqual(messages);
    expect(turn).toEqual({ role: 'assistant', content: [textBlock('Well.')] });
    expect(
      refusalOf({ ...params, messages: [...messages, ...(turn ? [turn] : []), { role: 'user', content: 'Go on.' }] }),
    ).toBeUndefined();
  });

  it('is saved before the error is emitted, after the results before it', async () => {
    const order: string[] = [];
    const slowly = async (what: string) => {
      order.push(`${what} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${what} ends`);
    };
    const { s, A, a, B } = letters;
    await lastValueFrom(
      runTools(params, {
        tools,
        request: () => failingAfter(s, A, a, B),
        onToolResult: () => slowly('result'),
        onTurn: () => slowly('turn'),
      }),
    ).catch(() => order.push('failed'));

    expect(order).toEqual(['result begins', 'result ends', 'turn begins', 'turn ends', 'failed']);
  });

  it('is in the error even if onTurn fails to save it', async () => {
    const { s, A, a, B } = letters;
    const { error, added } = await failureOf({
      request: () => failingAfter(s, A, a, B),
      onTurn: () => Promise.reject(new Error('disk full')),
    });

    expect(error).toBeInstanceOf(OverloadedError);
    expect(added).toHaveLength(2);
  });

  it('is only saved, not set, if the error is not one of this package', async () => {
    const error = new Error('mine');
    Object.freeze(error);
    const saved: unknown[] = [];
    const request = () =>
      concat(
        of(letters.s, letters.A, letters.a, letters.B),
        throwError(() => error),
      );
    const run = runTools(params, { tools, request, onTurn: ({ messages }) => saved.push(messages.length) });

    await expect(lastValueFrom(run)).rejects.toBe(error);
    expect(saved).toEqual([params.messages.length + 2]);
  });
});
