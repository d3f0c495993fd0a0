import { concat, from, lastValueFrom, of, toArray } from 'rxjs';
import {
  runTools,
  type MessageParam,
  type MessageStreamEvent,
  type RunToolsEvent,
  type Tool,
} from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { refusalOf } from '../history/support/api.js';
import { blockStart, blockStop, inputJsonDelta, messageStart, messageStop, restart } from '../support/events.js';
import { tool } from './support/run.js';
import { Answers, call, params, stops } from './support/turns.js';

/** A call with an id of its own, whose tool returns its input. */
const grep = (id: string, input: object = {}) => ({ ...call('grep', input), id });
const echo = tool('grep', ({ toolUse }) => toolUse.input);

async function eventsIn(answers: Answers, tools: readonly Tool[] = [echo]): Promise<RunToolsEvent[]> {
  return lastValueFrom(runTools(params, { tools, request: answers.request }).pipe(toArray()));
}

function added(events: readonly RunToolsEvent[]): readonly MessageParam[] {
  const last = events.at(-1);
  if (last?.type !== 'run_end') throw new Error('no run_end');
  expect(refusalOf({ ...params, messages: [...last.messages, { role: 'user', content: 'Go on.' }] })).toBeUndefined();
  return last.messages.slice(params.messages.length);
}

describe('runTools: ids of calls', () => {
  it.each(['grep:3', ''])(
    'runs every call of a message in which all have the id %j, and sends unique ids',
    async (id) => {
      const answers = new Answers({ content: [grep(id, { n: 1 }), grep(id, { n: 2 }), grep(id, { n: 3 })] }, {});
      const events = await eventsIn(answers);
      const [assistant, user] = added(events);
      const ids = id === '' ? ['call_2', 'call_3', 'call_4'] : ['grep:3', 'grep:3_2', 'grep:3_3'];

      expect(assistant?.content).toEqual(ids.map((unique, index) => grep(unique, { n: index + 1 })));
      expect(user?.content).toEqual(
        ids.map((tool_use_id, index) => ({
          type: 'tool_result',
          tool_use_id,
          content: JSON.stringify({ n: index + 1 }),
        })),
      );
      expect(answers.asked[1]?.messages).toEqual([...params.messages, assistant, user]);
      expect(
        events.flatMap((event) => (event.type === 'tool_result' ? [[event.tool_use_id, event.index]] : [])),
      ).toEqual(ids.map((unique, index) => [unique, index]));
    },
  );

  it('sends unique ids if a gateway counts the calls of each message anew', async () => {
    const turn = { content: [grep('call_0')] };
    const events = await eventsIn(new Answers(turn, turn, turn, {}));

    expect(added(events).flatMap(({ role, content }) => (role === 'assistant' ? [content].flat() : []))).toEqual([
      grep('call_0'),
      grep('call_0_2'),
      grep('call_0_3'),
    ]);
  });

  it('sends ids that differ from those of the conversation before', async () => {
    const earlier: MessageParam[] = [
      ...params.messages,
      { role: 'assistant', content: [grep('x')] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: 'one' }] },
    ];
    const answers = new Answers({ content: [grep('x')] }, {});
    await lastValueFrom(runTools({ ...params, messages: earlier }, { tools: [echo], request: answers.request }));

    expect(answers.asked[1]?.messages.at(-1)).toMatchObject({ content: [{ tool_use_id: 'x_2', content: '{}' }] });
  });

  it('keeps the id of a call whose earlier attempt was withdrawn', async () => {
    const { s, A } = { s: messageStart(), A: [blockStart(0, grep('x')), blockStop(0)] };
    const events = [s, ...A, blockStart(1, call('b')), restart(), s, ...A, stops('tool_use'), messageStop];
    const [assistant] = added(await eventsIn(new Answers(from(events), {})));

    expect(assistant?.content).toEqual([grep('x')]);
  });

  it('gives each result to its call if calls interleave and indexes are skipped', async () => {
    const events: MessageStreamEvent[] = [
      messageStart(),
      blockStart(2, grep('x')),
      blockStart(5, grep('x')),
      inputJsonDelta('{"n":5}', 5),
      inputJsonDelta('{"n":2}', 2),
      blockStop(5),
      blockStop(2),
      stops('tool_use'),
      messageStop,
    ];
    const [assistant, user] = added(await eventsIn(new Answers(from(events), {})));

    expect(assistant?.content).toMatchObject([{ input: { n: 2 } }, { input: { n: 5 } }]);
    expect(user?.content).toMatchObject([{ content: '{"n":2}' }, { content: '{"n":5}' }]);
  });

  it('gives each call its result if one of them fails, or is not run', async () => {
    const fails = tool('fail', () => {
      throw new Error('no');
    });
    const content = [grep('x', { n: 1 }), { ...call('fail'), id: 'x' }, grep('x', { n: 3 })];
    const events = await eventsIn(new Answers({ content, stop_reason: 'max_tokens' }, {}), [echo, fails]);

    expect(added(events)[1]?.content).toMatchObject([
      { content: '{"n":1}' },
      { content: 'no', is_error: true },
      { content: expect.stringContaining('was not run') as unknown, is_error: true },
    ]);
  });

  it('accepts a complete message_start in which two calls are the same object', async () => {
    const twice = grep('x', { n: 1 });
    const start: MessageStreamEvent = { type: 'message_start', message: buildMessage({ content: [twice, twice] }) };
    const answers = new Answers(concat(of(start), of(stops('tool_use'), messageStop)), from(eventsOf(buildMessage())));

    expect(added(await eventsIn(answers))[1]?.content).toHaveLength(2);
  });
});
