import { expectTypeOf } from 'expect-type';
import { EMPTY, lastValueFrom, toArray, type Observable } from 'rxjs';
import {
  APIConnectionError,
  finalMessage,
  InvalidParamsError,
  messageState,
  resumeRun,
  retryOnConnectionError,
  type MessageCreateParams,
  type RunDecisions,
  type RunState,
  type RunToolsEvent,
} from '../../src/index.js';
import { refusalOf } from '../history/support/api.js';
import { eventsOfRun, pausedIn, pausedRun, Ran, resumed } from './support/pausing.js';
import { tool } from './support/run.js';
import { Answers, call, params, summaryOf } from './support/turns.js';

const refund = (euros = 90, id = 'id_refund') => ({ ...call('refund', { euros }), id });

/** The state of a run with two refunds that wait, and an e-mail that has been sent. */
async function twoRefunds(): Promise<{ answers: Answers; ran: Ran; state: RunState }> {
  const ran = new Ran();
  const answers = new Answers({ content: [refund(20, 'a'), call('mail'), refund(30, 'b')] }, { content: 'Done.' });
  const state = await pausedRun(answers, ran);
  return { answers, ran, state };
}

/** The state of a run whose process ended while these calls were running. */
async function interrupted(...names: string[]): Promise<{ answers: Answers; ran: Ran; state: RunState }> {
  const answers = new Answers({ content: names.map((name) => (name === 'refund' ? refund() : call(name))) }, {});
  const ran = new Ran();
  // The tool that is unknown is not part of the version that resumes the run.
  const tools = [...ran.tools, tool('unknown', () => 'done')];
  const state = await pausedRun(answers, ran, { tools, onTool: () => 'pause' });
  return { answers, ran, state: { ...state, pending: [], started: state.pending } };
}

const results = ({ asked }: Answers) => asked.at(-1)?.messages.at(-1)?.content;
const answer = (id: string, content: string, fields: object = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...fields,
});

describe('resumeRun: decisions about calls that wait', () => {
  it.each<[string, RunDecisions, ran: string[], result: object]>([
    ['true', { a: true }, ['mail', 'refund 20'], answer('a', 'refund 20: done')],
    ['{ approved: true }', { a: { approved: true } }, ['mail', 'refund 20'], answer('a', 'refund 20: done')],
    [
      '{ approved: true, input }',
      { a: { approved: true, input: { euros: 5 } } },
      ['mail', 'refund 5'],
      answer('a', 'refund 5: done'),
    ],
    ['false', { a: false }, ['mail'], answer('a', 'The call was declined.', { is_error: true })],
    [
      '{ approved: false, reason }',
      { a: { approved: false, reason: 'Too much.' } },
      ['mail'],
      answer('a', 'The call was declined: Too much.', { is_error: true }),
    ],
    ['{ result }', { a: { result: { by: 'hand' } } }, ['mail'], answer('a', '{"by":"hand"}')],
  ])('%s', async (_, decisions, log, result) => {
    const { answers, ran, state } = await twoRefunds();
    const events = await resumed(state, { ...decisions, b: false }, answers, ran);

    expect(ran.log).toEqual(log);
    expect(results(answers)).toEqual([
      result,
      answer('id_mail', 'mail: done'),
      answer('b', 'The call was declined.', { is_error: true }),
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'run_end', reason: 'end_turn', turns: 2 });
    expect(refusalOf(answers.asked.at(-1) ?? params)).toBeUndefined();
  });

  it('pauses again if one is missing, and does not ask onTool', async () => {
    const { answers, ran, state } = await twoRefunds();
    const onTool = jest.fn(() => true);
    const events = await resumed(state, { a: true }, answers, ran, { onTool });
    const again = pausedIn(events);

    expect(events.map(summaryOf).filter(Boolean)).toEqual(['refund done']);
    expect(again).toMatchObject({ runId: state.runId, pending: [{ id: 'b' }], turns: 1, usage: state.usage });
    expect(onTool).not.toHaveBeenCalled();
    expect(answers.asked).toHaveLength(1);

    await resumed(again, { b: true }, answers, ran);

    expect(ran.log).toEqual(['mail', 'refund 20', 'refund 30']);
    expect(results(answers)).toEqual([
      answer('a', 'refund 20: done'),
      answer('id_mail', 'mail: done'),
      answer('b', 'refund 30: done'),
    ]);
  });

  it('pauses again for a call of a later turn, without onTool', async () => {
    const ran = new Ran();
    const answers = new Answers({ content: [refund(20, 'a')] }, { content: [refund(30, 'b'), call('mail')] }, {});
    const state = await pausedRun(answers, ran);
    const events = await resumed(state, { a: true }, answers, ran);

    expect(pausedIn(events).pending).toEqual([{ id: 'b', name: 'refund', input: { euros: 30 } }]);
    expect(events.map(({ type }) => type)).toContain('tool_approval_required');
    expect(ran.log).toEqual(['refund 20', 'mail']);
  });

  it('gives each call a key that is the same in each process', async () => {
    const { answers, ran, state } = await twoRefunds();
    await resumed(state, { a: true, b: true }, answers, ran);
    await resumed(state, { a: true, b: true }, new Answers({}), ran);

    expect(ran.keys).toEqual(['id_mail', 'a', 'b', 'a', 'b'].map((id) => `${state.runId}:${id}`));
  });

  it('keeps what the user writes while the run is paused', async () => {
    const { answers, ran, state } = await twoRefunds();
    const messages = [...state.messages, { role: 'user', content: 'Hurry.' } as const];
    await resumed({ ...state, messages }, { a: true, b: true }, answers, ran);

    expect(answers.asked.at(-1)?.messages.slice(-2)).toMatchObject([{ content: { length: 3 } }, { content: 'Hurry.' }]);
  });
});

describe('resumeRun: decisions about calls that had been started', () => {
  it.each<[string, RunDecisions, ran: string[], result: object]>([
    ["'repeat'", { id_refund: 'repeat' }, ['refund 90'], answer('id_refund', 'refund 90: done')],
    [
      'false',
      { id_refund: false },
      [],
      answer('id_refund', 'refund was interrupted, and may have taken effect.', { is_error: true }),
    ],
    [
      '{ approved: false, reason }',
      { id_refund: { approved: false, reason: 'It did not.' } },
      [],
      answer('id_refund', 'refund was interrupted, and may have taken effect: It did not.', { is_error: true }),
    ],
    ['{ result }', { id_refund: { result: 'It did.' } }, [], answer('id_refund', 'It did.')],
  ])('%s', async (_, decisions, log, result) => {
    const { answers, ran, state } = await interrupted('refund');
    await resumed(state, decisions, answers, ran);

    expect(ran.log).toEqual(log);
    expect(results(answers)).toEqual([result]);
  });

  it('runs a call again without one only if its tool is idempotent', async () => {
    const { answers, ran, state } = await interrupted('mail', 'read', 'refund', 'unknown');
    const events = await resumed(state, {}, answers, ran);

    expect(ran.log).toEqual(['read']);
    expect(pausedIn(events)).toMatchObject({
      pending: [],
      started: [{ id: 'id_mail' }, { id: 'id_refund' }, { id: 'id_unknown' }],
    });
  });

  it('repeats a call with the input that a person had changed', async () => {
    const { answers, ran, state } = await twoRefunds();
    const states: RunState[] = [];
    const decisions: RunDecisions = { a: { approved: true, input: { euros: 5 } } };
    await resumed(state, decisions, answers, ran, { onState: (saved) => states.push(saved) });
    const [started] = states;

    expect(started?.started).toEqual([{ id: 'a', name: 'refund', input: { euros: 5 } }]);

    await resumed(started ?? state, { a: 'repeat' }, answers, ran);

    expect(ran.log).toEqual(['mail', 'refund 5', 'refund 5']);
    expect(new Set(ran.keys.slice(1)).size).toBe(1);
  });
});

describe('resumeRun: a run that has ended', () => {
  async function ended(maxTurns?: number): Promise<RunState> {
    let last: RunState | undefined;
    const ran = new Ran();
    const answers = new Answers({ content: [refund()] }, { content: [call('mail')] });
    const state = await pausedRun(answers, ran);
    await resumed(state, { id_refund: true }, answers, ran, { maxTurns, onState: (saved) => (last = saved) });
    return JSON.parse(JSON.stringify(last)) as RunState;
  }

  it('emits its end, and makes no request', async () => {
    const state = await ended(2);
    const events = await resumed(state, {}, new Answers(), new Ran(), { maxTurns: 2 });

    expect(state.reason).toBe('max_turns');
    expect(events).toEqual([
      { type: 'run_end', reason: 'max_turns', messages: state.messages, usage: state.usage, turns: 2 },
    ]);
  });

  it('continues if it may have more turns now', async () => {
    const events = await resumed(await ended(2), {}, new Answers({}), new Ran(), { maxTurns: 3 });

    expect(events.at(-1)).toMatchObject({ type: 'run_end', reason: 'end_turn', turns: 3 });
  });
});

describe('resumeRun: a second subscription', () => {
  it('fails, because it would run the tools twice, even if a retry around the run makes it', async () => {
    const { answers, ran, state } = await twoRefunds();
    const lost = new APIConnectionError('The database cannot be reached.');
    const onState = ({ started }: RunState) => (started.length === 0 ? Promise.reject(lost) : Promise.resolve());
    const run = resumeRun(state, { a: true }, params, { tools: ran.tools, request: answers.request, onState });

    await expect(
      lastValueFrom(run.pipe(retryOnConnectionError({ whenStarted: 'restart', initialDelayMs: 0 }))),
    ).rejects.toThrow('the run has been resumed already');
    expect(ran.log).toEqual(['mail', 'refund 20']);
  });
});

describe('resumeRun: a run without a message', () => {
  it('ends as idle, and has no final message', async () => {
    const { answers, ran, state } = await twoRefunds();
    const run = (): Observable<RunToolsEvent> =>
      resumeRun(state, {}, params, { tools: ran.tools, request: answers.request });
    const states = await valuesOf(run().pipe(messageState()));

    expect(states.map(({ status }) => status)).toEqual(['connecting', 'idle']);
    expect(await valuesOf(run().pipe(finalMessage()))).toEqual([]);
  });
});

describe('resumeRun: arguments', () => {
  const options = { tools: new Ran().tools, request: () => EMPTY };
  const resume = (state: unknown, decisions: unknown = {}) =>
    resumeRun(state as RunState, decisions as RunDecisions, params, options);

  it.each<[string, (state: RunState) => unknown, message: RegExp]>([
    ['undefined', () => undefined, /state must be the state of a run/],
    ['text', (state) => JSON.stringify(state), /which is not text: use JSON\.parse/],
    ['the event', (state) => ({ type: 'run_paused', state }), /its version is missing or invalid/],
    ['newer', (state) => ({ ...state, version: 2 }), /has version 2, and this version .* only reads 1/],
    ['without messages', (state) => ({ ...state, messages: [] }), /its messages is missing or invalid/],
    [
      'with a message whose content is not blocks',
      (state) => ({ ...state, messages: [...state.messages, { role: 'assistant', content: [null] }] }),
      /its messages is missing or invalid/,
    ],
    ['without a revision', (state) => ({ ...state, revision: undefined }), /its revision is missing or invalid/],
    ['with other calls', (state) => ({ ...state, pending: [{}] }), /its pending is missing or invalid/],
    ['with a wrong reason', (state) => ({ ...state, reason: 1 }), /its reason is missing or invalid/],
    ['with a wrong usage', (state) => ({ ...state, usage: {} }), /its usage is missing or invalid/],
    [
      'whose messages were removed',
      (state) => ({ ...state, messages: params.messages }),
      /do not have the call a without a result: they must not be changed/,
    ],
  ])('refuses a state that is %s', async (_, change, message) => {
    const { state } = await twoRefunds();
    const resuming = () => resume(change(state));

    expect(resuming).toThrow(InvalidParamsError);
    expect(resuming).toThrow(message);
  });

  it.each<[string, unknown, message: RegExp]>([
    ['undefined', undefined, /decisions must be an object/],
    ['about an unknown call', { toolu_x: true }, /no call with the id toolu_x waits .* Those that wait are a, b\./],
    ['about a call that has a result', { id_mail: true }, /no call with the id id_mail waits/],
    ['that are no decision', { a: 'yes' }, /the decision about a must be true, false, \{ approved \} or \{ result \}/],
    ['that repeat what was not started', { a: 'repeat' }, /the decision about a must be/],
    ['with an input that is not valid', { a: { approved: true, input: {} } }, /the input for a is not valid: .*euros/s],
  ])('refuses decisions %s', async (_, decisions, message) => {
    const { state } = await twoRefunds();
    const resuming = () => resume(state, decisions === undefined ? null : decisions);

    expect(resuming).toThrow(InvalidParamsError);
    expect(resuming).toThrow(message);
  });

  it.each([true, { approved: true }])(
    'does not take an approval for a wish to repeat the call: %j',
    async (decision) => {
      const { state } = await interrupted('refund');

      expect(() => resume(state, { id_refund: decision })).toThrow(
        /id_refund had been started, and may have taken effect/,
      );
    },
  );

  it('accepts a decision that is undefined, and the messages of the first request, which it ignores', async () => {
    const { state } = await twoRefunds();
    const [last] = await eventsOfRun(resume(state, { a: undefined }));

    expect(last?.type === 'run_paused' && last.state.messages).toEqual(state.messages);
  });

  it('names itself in errors about the options', async () => {
    const { state } = await twoRefunds();

    expect(() => resumeRun(state, {}, params, { ...options, maxTurns: 0 })).toThrow(/^resumeRun: maxTurns/);
    expect(() => resumeRun(state, {}, { ...params, model: '' }, options)).toThrow(/^resumeRun: model/);
  });

  it('has types for its parameters', () => {
    const check = (state: RunState, all: MessageCreateParams) => [
      resumeRun(state, {}, { model: 'm', max_tokens: 1 }, options),
      resumeRun(state, {}, { model: 'm', max_tokens: 1, unlisted: true }, options),
      resumeRun(state, {}, all, options),
      // @ts-expect-error -- misspelled
      resumeRun(state, {}, { model: 'm', max_tokens: 1, temprature: 1 }, options),
      // @ts-expect-error -- incomplete
      resumeRun(state, {}, { model: 'm' }, options),
      // @ts-expect-error -- not a decision
      resumeRun(state, { a: 'yes' }, all, options),
    ];

    expectTypeOf(check).returns.toEqualTypeOf<Observable<RunToolsEvent>[]>();
  });
});

function valuesOf<T>(values: Observable<T>): Promise<T[]> {
  return lastValueFrom(values.pipe(toArray()));
}
