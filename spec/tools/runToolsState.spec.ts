import { concat, EMPTY, from, NEVER, of, Subject, throwError } from 'rxjs';
import { resumeRun, runTools, type MessageParam, type RunState, type RunToolsOptions } from '../../src/index.js';
import { blockStart, blockStop, messageStart, messageStop, restart } from '../support/events.js';
import { eventsOfRun, pausedRun, Ran, resumed } from './support/pausing.js';
import { tool } from './support/run.js';
import { Answers, call, letters, params, stops, summaryOf } from './support/turns.js';

const copyOf = (state: RunState | undefined): RunState => JSON.parse(JSON.stringify(state)) as RunState;

/** What a state says about the calls of its last turn. */
function inShort({ messages, started, turns, reason }: RunState): string {
  const results = messages.flatMap(({ content = [] }) =>
    typeof content === 'string' ? [] : content.filter(({ type }) => type === 'tool_result'),
  );
  const running = started.map(({ name }) => name).join();
  return `turn ${turns}, ${results.length} results${running && `, runs ${running}`}${reason ? `, ${reason}` : ''}`;
}

describe('runTools: onState', () => {
  it('is called before each tool is started, with each result, and after each turn', async () => {
    const states: RunState[] = [];
    const ran = new Ran();
    const order: string[] = [];
    const onState = (state: RunState) => {
      states.push(state);
      order.push(`saved ${ran.log.length}`);
    };
    const { request } = new Answers({ content: ['Well.', call('mail'), call('read')] }, { content: 'Done.' });
    await eventsOfRun(runTools(params, { tools: ran.tools, request, onState }));

    expect(states.map(inShort)).toEqual([
      'turn 1, 0 results, runs mail',
      'turn 1, 1 results',
      'turn 1, 1 results, runs read',
      'turn 1, 2 results',
      'turn 1, 2 results',
      'turn 2, 2 results, end_turn',
    ]);
    expect(states.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(states.map(({ runId }) => runId)).size).toBe(1);
    expect(order).toEqual(['saved 0', 'saved 1', 'saved 1', 'saved 2', 'saved 2', 'saved 2']);
  });

  it('is awaited before the tool is started and before the result is emitted, while the message goes on', () => {
    const saves = Array.from({ length: 4 }, () => new Subject<never>());
    const states: RunState[] = [];
    const seen: string[] = [];
    const log: string[] = [];
    const { s, A, a, B, b, m, z } = letters;
    runTools(params, {
      tools: ['a', 'b'].map((name) => tool(name, () => log.push(name))),
      request: () => of(s, A, a, B, b, m, z),
      maxTurns: 1,
      onState: (state) => saves[states.push(state) - 1],
    }).subscribe((event) => seen.push(summaryOf(event) ?? event.type));

    expect([log, seen.at(-1), states.length]).toEqual([[], 'message_stop', 1]);
    saves[0]?.complete();
    // The result of a, and the start of b, are saved together.
    expect([log, seen.at(-1), states.length]).toEqual([['a'], 'message_stop', 2]);
    expect(states.map(inShort)).toEqual(['turn 1, 0 results, runs a', 'turn 1, 1 results, runs b']);
    saves[1]?.complete();
    expect([log, seen.at(-1), states.length]).toEqual([['a', 'b'], 'a done', 3]);
    saves[2]?.complete();
    expect([seen.at(-1), states.length]).toEqual(['b done', 4]);
    saves[3]?.complete();
    expect(seen.at(-1)).toBe('end: max_turns');
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
    ['fails', () => throwError(() => new Error('disk full'))],
  ])('fails the run if it %s, before the tool is started', async (_, onState) => {
    const ran = new Ran();
    const saving = jest.fn(onState);
    const { request } = new Answers({ content: [call('mail')] });
    const turns: (readonly MessageParam[])[] = [];
    const onTurn: RunToolsOptions['onTurn'] = ({ messages }) => turns.push(messages);
    const run = runTools(params, { tools: ran.tools, request, onState: saving, onTurn });

    await expect(eventsOfRun(run)).rejects.toThrow('disk full');
    expect(ran.log).toEqual([]);
    expect(saving).toHaveBeenCalledTimes(1);
    expect(turns.map((messages) => messages.at(-1)?.content)).toMatchObject([
      [{ content: 'mail was not run, because the run was interrupted.', is_error: true }],
    ]);
  });

  it('is awaited if the run is aborted meanwhile', async () => {
    const controller = new AbortController();
    const save = new Subject<never>();
    const run = runTools(params, {
      tools: new Ran().tools,
      request: new Answers({ content: [call('mail')] }).request,
      signal: controller.signal,
      onState: () => save,
    });
    let hasFailed = false;
    const failed = eventsOfRun(run).catch(() => (hasFailed = true));
    controller.abort();
    await new Promise(setImmediate);

    expect(hasFailed).toBe(false);

    save.complete();
    await failed;

    expect(hasFailed).toBe(true);
  });

  it('is not called again after the run is unsubscribed from, but its last save is finished', () => {
    const save = new Subject<never>();
    const onState = jest.fn(() => save);
    const { request } = new Answers({ content: [call('mail'), call('read')] });
    const ran = new Ran();
    runTools(params, { tools: ran.tools, request, onState }).subscribe().unsubscribe();

    expect(save.observed).toBe(true);

    save.complete();

    expect(onState).toHaveBeenCalledTimes(1);
    expect(ran.log).toEqual([]);
  });

  it('stops the second of two processes that resume the same state, before it starts a tool', async () => {
    const ran = new Ran();
    const answers = new Answers({ content: [{ ...call('refund', { euros: 5 }), id: 'a' }] }, {}, {});
    let stored = 0;
    const onState = ({ revision }: RunState) => {
      if (revision !== stored + 1) return Promise.reject(new Error('another process has continued the run'));
      stored = revision;
      return Promise.resolve();
    };
    const state = await pausedRun(answers, ran, { onState });
    const outcomes = await Promise.allSettled([1, 2].map(() => resumed(state, { a: true }, answers, ran, { onState })));

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(ran.log).toEqual(['refund 5']);
  });

  it('saves the messages that onTurn adds, also while the API has paused a message', async () => {
    const search = { type: 'server_tool_use', id: 'id_s', name: 'web_search', input: {} } as const;
    const reminder: MessageParam = { role: 'user', content: 'Hurry.' };
    const answers = new Answers({ content: [search], stop_reason: 'pause_turn' }, { content: [call('mail')] }, {});
    const states: RunState[] = [];
    const ran = new Ran();
    const options = { tools: ran.tools, request: answers.request };
    const run = runTools(params, {
      ...options,
      maxTurns: 5,
      onTurn: ({ turns }) => (turns === 1 ? { append: reminder } : undefined),
      onState: (state) => states.push(state),
      request: (asked) => (answers.asked.length === 1 ? NEVER : answers.request(asked)),
    });
    run.subscribe().unsubscribe(); // the process ends in the second request
    const [state] = states;

    expect(state?.postponed).toEqual([reminder]);

    await eventsOfRun(resumeRun(copyOf(state), {}, params, options));

    expect(answers.asked[1]?.messages.at(-1)).toEqual({ role: 'assistant', content: [search] });
    expect(answers.asked[2]?.messages.at(-1)).toEqual(reminder);
  });
});

describe('runTools: idempotencyKey', () => {
  const text = [blockStart(1, { type: 'text', text: 'Well.' }), blockStop(1)];
  const withCall = (id: string) => [messageStart(), blockStart(0, { ...call('mail'), id }), blockStop(0), ...text];

  it('differs from that of a withdrawn call with the same id, whose tool was started', async () => {
    const ran = new Ran();
    const states: RunState[] = [];
    const turn = [...withCall('x'), restart(), ...withCall('x'), restart(), ...withCall('x'), stops('tool_use')];
    const answers = new Answers(from([...turn, messageStop]), {});
    const onState = (state: RunState) => states.push(copyOf(state));
    const end = (await eventsOfRun(runTools(params, { tools: ran.tools, request: answers.request, onState }))).at(-1);
    const { runId = '', withdrawn } = states.at(-1) ?? {};
    const mail = { id: 'x', name: 'mail', input: {} };

    expect(ran.keys).toEqual([`${runId}:x`, `${runId}.1:x`, `${runId}.2:x`]);
    expect(withdrawn).toEqual([mail, mail]);
    expect(end?.type === 'run_end' && end.messages.at(-1)?.content).toMatchObject([{ tool_use_id: 'x' }]);
  });

  it('is the same if the process ends after the call was withdrawn and made again', async () => {
    const ran = new Ran();
    const states: RunState[] = [];
    const turn = concat(from([...withCall('x'), restart(), ...withCall('x')]), NEVER);
    runTools(params, {
      tools: ran.tools,
      request: () => turn,
      onState: (state) => (states.push(copyOf(state)), EMPTY),
    })
      .subscribe()
      .unsubscribe();
    const state = states.find(({ started, withdrawn }) => started.length + withdrawn.length === 2);

    await resumed(copyOf(state), { x: 'repeat' }, new Answers({}), ran);

    expect(ran.keys.slice(1)).toEqual([`${String(state?.runId)}.1:x`, `${String(state?.runId)}.1:x`]);
  });
});
