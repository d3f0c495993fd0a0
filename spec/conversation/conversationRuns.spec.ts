import { concat, from, map, of, Subject, throwError, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  conversation,
  defineTool,
  resumeRun,
  runTools,
  type AnyEvent,
  type ConversationRequest,
  type RunState,
  type RunToolsOptions,
} from '../../src/index.js';
import { buildMessage, eventsOf, toolUseBlock } from '../../src/testing/index.js';
import { restart } from '../support/events.js';
import { overloaded, TestChat } from './support/chats.js';

const tools = [
  defineTool({ name: 'refund', input: z.object({ euros: z.number() }), needsApproval: true, run: () => 'Paid' }),
  defineTool({ name: 'mail', input: z.object({}), run: () => 'Sent' }),
];
const pay = (euros: number, id: string) => toolUseBlock('refund', { euros }, { id });
const params = { model: 'claude-opus-5-5', max_tokens: 1024 };

/** A service that runs tools, and keeps the runs that wait for approval. */
class Service {
  readonly requests: ConversationRequest[] = [];
  readonly #messages: Observable<AnyEvent>[];
  readonly #runs = new Map<string, RunState>();

  constructor(...contents: Parameters<typeof buildMessage>[0][]) {
    this.#messages = contents.map((content, index) => from(eventsOf(buildMessage({ id: `msg_${index}`, ...content }))));
  }

  readonly request = (request: ConversationRequest): Observable<AnyEvent> => {
    this.requests.push(request);
    const { id, messages, resume } = request;
    const options: RunToolsOptions = {
      tools,
      onTool: ({ needsApproval }) => !needsApproval || 'pause',
      onState: (state) => void this.#runs.set(id, state),
      request: () =>
        (this.#messages.shift() ?? throwError(() => overloaded)) as ReturnType<NonNullable<RunToolsOptions['request']>>,
    };
    if (resume === undefined) return runTools({ ...params, messages }, options).pipe(map(withoutMessages));
    const run = this.#runs.get(resume.id);
    if (run === undefined) throw new Error(`no run of ${resume.id}`);
    return resumeRun(run, resume.decisions, params, options).pipe(map(withoutMessages));
  };
}

/** A browser gets only what it needs of a run. */
function withoutMessages(event: AnyEvent): AnyEvent {
  const sent = JSON.parse(JSON.stringify(event)) as AnyEvent & { messages?: unknown; state?: object };
  if (sent.type === 'run_end') return { ...sent, messages: [] } as AnyEvent;
  return sent.type === 'run_paused' ? ({ ...sent, state: { ...sent.state, messages: [] } } as AnyEvent) : sent;
}

const statuses = (chat: { state: { tools: readonly { status: string }[] } }) =>
  chat.state.tools.map(({ status }) => status);

describe('conversation: tools that run in the service', () => {
  it('shows the messages of the run with their results, and sends them as a part of the conversation', () => {
    const service = new Service(
      { content: ['One moment.', toolUseBlock('mail')] },
      { content: 'Done.' },
      { content: 'Yes' },
    );
    const chat = conversation({ request: service.request });
    chat.send('Mail');

    expect(chat.state).toMatchObject({ status: 'done', tools: [{ name: 'mail', status: 'done', result: 'Sent' }] });

    chat.send('Really?');

    expect(service.requests[1]?.messages).toMatchObject([
      { role: 'user', content: 'Mail' },
      { role: 'assistant', content: [{ text: 'One moment.' }, { type: 'tool_use' }] },
      { role: 'user', content: [{ type: 'tool_result', content: 'Sent' }] },
      { role: 'assistant', content: [{ text: 'Done.' }] },
      { role: 'user', content: 'Really?' },
    ]);
    expect(service.requests[0]).toMatchObject({ tools: [], resume: undefined });
  });

  it('asks to resume a paused run once there is a decision about each call', () => {
    const service = new Service(
      { content: [pay(90, 'a'), pay(20, 'b'), toolUseBlock('mail')] },
      { content: 'You get 90 € back.' },
    );
    const chat = conversation({ request: service.request });
    chat.send('Refund');

    expect(chat.state.status).toBe('approval');
    expect(statuses(chat)).toEqual(['approval', 'approval', 'done']);

    chat.approve('a');

    expect(chat.state.status).toBe('approval');
    expect(statuses(chat)).toEqual(['running', 'approval', 'done']);
    expect(service.requests).toHaveLength(1);

    chat.decline('b', 'Too late');

    expect(service.requests).toHaveLength(2);
    expect(service.requests[1]?.resume).toMatchObject({
      id: service.requests[0]?.id,
      state: { pending: [{ id: 'a', name: 'refund', input: { euros: 90 } }, { id: 'b' }], messages: [] },
      decisions: { a: true, b: { approved: false, reason: 'Too late' } },
    });
    expect(service.requests[1]?.id).not.toBe(service.requests[0]?.id);
    expect(chat.state.status).toBe('done');
    expect(statuses(chat)).toEqual(['done', 'declined', 'done']);
    expect(chat.state.turns.map(({ text }) => text)).toEqual(['Refund', '', 'You get 90 € back.']);
    expect(chat.history[2]).toMatchObject({
      content: [{ content: 'Paid' }, { content: 'The call was declined: Too late' }, { content: 'Sent' }],
    });
  });

  it('takes decisions while the run has not paused yet', () => {
    const source = new Subject<AnyEvent>();
    const test = new TestChat([source, of({ type: 'run_end' })]);
    test.chat.send('Refund');
    for (const event of eventsOf(buildMessage({ content: [pay(90, 'a')] }))) source.next(event);
    source.next(Object.assign({ type: 'tool_approval_required' }, { id: 'a', index: 0, name: 'refund', input: {} }));
    test.chat.approve('a');

    expect(test.chat.state).toMatchObject({ status: 'tool', tools: [{ status: 'running' }] });
    expect(test.requests).toHaveLength(1);

    source.next(Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'a' }], started: [] } }));

    expect(test.requests[1]?.resume?.decisions).toEqual({ a: true });
    expect(test.statuses.filter((status) => status === 'approval')).toHaveLength(1); // before the decision
    expect(source.observed).toBe(false);
  });

  it('asks whether to repeat a call that had been started', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [], started: [{ id: 'a' }] } });
    const events = eventsOf(buildMessage({ content: [pay(90, 'a')] }));
    const test = new TestChat([concat(from(events), of(paused)), of({ type: 'run_end' })]);
    test.chat.send('Refund');

    expect(test.chat.state).toMatchObject({ status: 'approval', tools: [{ status: 'approval' }] });

    test.chat.approve('a');

    expect(test.requests[1]?.resume?.decisions).toEqual({ a: 'repeat' });
  });

  it('waits again after a reload, once the recorded events of the paused run are read', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'a' }], started: [] } });
    const recorded = [...eventsOf(buildMessage({ content: [pay(90, 'a')] })), paused];
    const before = new TestChat([from(recorded)]);
    before.chat.send('Refund');
    const id = before.requests[0]?.id;
    const after = new TestChat([from(recorded), of({ type: 'run_end' })], { history: before.chat.history });

    expect(after.chat.state.turns).toMatchObject([{ text: 'Refund' }, { tools: [{ status: 'failed' }] }]);

    after.chat.retry({ id });

    expect(after.requests).toMatchObject([{ id, messages: [{ content: 'Refund' }] }]);
    expect(after.chat.state).toMatchObject({ status: 'approval', tools: [{ id: 'a', status: 'approval' }] });

    after.chat.approve('a');

    expect(after.requests[1]?.resume).toMatchObject({ id, decisions: { a: true } });
    expect(after.chat.state.status).toBe('done');
  });

  it('waits if the state has calls that it does not show, and takes decisions about them', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'x' }], started: [] } });
    const test = new TestChat([of(paused), of({ type: 'run_end' })]);
    test.chat.send('Refund');

    expect(test.chat.state.status).toBe('approval');

    test.chat.approve('x');

    expect(test.requests[1]?.resume?.decisions).toEqual({ x: true });
    expect(test.chat.state.status).toBe('done');
  });

  it('retry resumes again if the request that was to resume the run has failed before anything arrived', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'a' }], started: [] } });
    const events = concat(from(eventsOf(buildMessage({ content: [pay(90, 'a')] }))), of(paused));
    const result = Object.assign(
      { type: 'tool_result' },
      {
        tool_use_id: 'a',
        index: 0,
        name: 'refund',
        result: { type: 'tool_result', tool_use_id: 'a', content: 'Paid' },
      },
    );
    const failed = throwError(() => overloaded);
    const test = new TestChat([events, failed, concat(of(result), failed), concat(from([]), failed)]);
    test.chat.send('Refund');
    test.chat.approve('a');

    expect(test.chat.state).toMatchObject({ status: 'error', canRetry: true, tools: [{ status: 'running' }] });

    test.chat.retry();

    expect(test.requests[2]?.resume).toEqual(test.requests[1]?.resume);
    expect(test.chat.state).toMatchObject({ status: 'error', tools: [{ status: 'done', result: 'Paid' }] });

    test.chat.retry();

    expect(test.requests[3]).toMatchObject({ resume: undefined, messages: [{ role: 'user', content: 'Refund' }] });
  });

  it('keeps the calls of a paused run while the request that resumes it is repeated', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'a' }], started: [] } });
    const events = concat(from(eventsOf(buildMessage({ content: [pay(90, 'a')] }))), of(paused));
    const source = new Subject<AnyEvent>();
    const test = new TestChat([events, source]);
    test.chat.send('Refund');
    test.chat.approve('a');

    expect(test.chat.state).toMatchObject({ status: 'tool', tools: [{ status: 'running' }] });

    source.next(restart({ delayMs: 500, error: overloaded }));

    expect(test.chat.state).toMatchObject({ status: 'retrying', delayMs: 500, tools: [{ status: 'running' }] });
    expect(test.texts).toHaveLength(2);

    const result = { type: 'tool_result', tool_use_id: 'a', content: 'Paid' };
    source.next(Object.assign({ type: 'tool_result' }, { tool_use_id: 'a', index: 0, name: 'refund', result }));

    expect(test.chat.state).toMatchObject({ status: 'tool', delayMs: undefined, error: undefined });
    expect(test.chat.state.turns[1]).toMatchObject({ tools: [{ status: 'done', result: 'Paid' }], isComplete: true });

    for (const event of eventsOf(buildMessage({ id: 'b', content: 'You get 90 €.' }))) source.next(event);
    source.complete();

    expect(test.chat.state.status).toBe('done');
    expect(test.chat.history[2]).toEqual({ role: 'user', content: [result] });
  });

  it('resumes again after repeated requests have all failed', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'a' }], started: [] } });
    const events = concat(from(eventsOf(buildMessage({ content: [pay(90, 'a')] }))), of(paused));
    const failed = concat(
      of(restart({ error: overloaded })),
      throwError(() => overloaded),
    );
    const test = new TestChat([events, failed, new Subject<AnyEvent>()]);
    test.chat.send('Refund');
    test.chat.approve('a');

    expect(test.chat.state).toMatchObject({ status: 'error', canRetry: true, tools: [{ status: 'running' }] });

    test.chat.retry();

    expect(test.requests[2]?.resume).toEqual(test.requests[1]?.resume);
    expect(test.chat.state).toMatchObject({ status: 'tool', error: undefined });
  });

  it('another question gives up a run that could not be resumed', () => {
    const paused = Object.assign({ type: 'run_paused' }, { state: { pending: [{ id: 'a' }], started: [] } });
    const events = concat(from(eventsOf(buildMessage({ content: [pay(90, 'a')] }))), of(paused));
    const test = new TestChat([events, throwError(() => overloaded), from([])]);
    test.chat.send('Refund');
    test.chat.approve('a');
    test.chat.send('Well?');

    expect(test.asked.at(-1)).toMatchObject({
      content: [{ content: 'refund was interrupted. It may have taken effect.', is_error: true }, { text: 'Well?' }],
    });
    expect(test.chat.state.turns[1]).toMatchObject({ tools: [{ status: 'cancelled' }] });
  });

  it('stop gives up a paused run', () => {
    const service = new Service({ content: [pay(90, 'a')] });
    const stop = jest.fn();
    const chat = conversation({ request: service.request, stop });
    chat.send('Refund');
    chat.stop();
    chat.approve('a');

    expect(chat.state.status).toBe('aborted');
    expect(statuses(chat)).toEqual(['cancelled']);
    expect(service.requests).toHaveLength(1);
    expect(stop).toHaveBeenCalledWith({ id: service.requests[0]?.id });
  });

  it('keeps the results if the run fails', () => {
    const service = new Service({ content: [toolUseBlock('mail')] });
    const chat = conversation({ request: service.request });
    chat.send('Mail');

    expect(chat.state).toMatchObject({ status: 'error', error: overloaded, tools: [{ status: 'done' }] });
    expect(chat.history).toHaveLength(3);
  });

  it('counts calls as done whose results the service does not send, once the model has gone on', () => {
    const events = [
      ...eventsOf(buildMessage({ id: 'a', content: ['Hm.', toolUseBlock('mail')] })),
      ...eventsOf(buildMessage({ id: 'b', content: 'Done.' })),
    ];
    const test = new TestChat([from(events)]);
    test.chat.send('Mail');

    expect(test.chat.state).toMatchObject({ status: 'done', tools: [{ status: 'done', result: undefined }] });
    expect(test.chat.history).toEqual([
      { role: 'user', content: 'Mail' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hm.' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] },
    ]);
  });

  it('ends with an error if an event of a run has no result', () => {
    const events = [
      ...eventsOf(buildMessage({ content: [pay(1, 'a')] })),
      { type: 'tool_result', tool_use_id: 'a', index: 0 },
    ];
    const test = new TestChat([from(events)]);
    test.chat.send('Mail');

    expect(test.chat.state.status).toBe('error');
  });
});
