import { concat, from, lastValueFrom, NEVER, of, throwError, type Observable } from 'rxjs';
import {
  AnthropicError,
  defineToolset,
  OverloadedError,
  runTools,
  type MessageParam,
  type MessageStreamEvent,
  type StopReason,
} from '../../src/index.js';
import { buildMessage, eventsOf, thinkingBlock } from '../../src/testing/index.js';
import { tool } from '../tools/support/run.js';
import { call, params } from '../tools/support/turns.js';
import { refusalOf } from './support/api.js';

const browse = (name: string) => ({ ...call(name), toolset_name: 'browser' });
const tools = [
  tool('works', () => 'done'),
  tool('fails', () => Promise.reject(new Error(' '))),
  tool('hangs', () => NEVER),
  defineToolset({
    type: 'browser_toolset_20260801',
    run: (_, { name }) => (name === 'click' ? Promise.reject(new Error('no')) : 'ok'),
  }),
];
/** Signed thinking, white space between it, parallel calls that share an id, one that fails, and a sequence of a toolset. */
const content = [
  thinkingBlock('Hm.'),
  '\n\n',
  thinkingBlock(''),
  'I look.',
  call('works'),
  { ...call('fails'), id: 'id_works' },
  browse('navigate'),
  browse('click'),
  browse('type'),
];
const REASONS: (StopReason | null)[] = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  null,
];

/** Runs a conversation to its end, whether it succeeds or fails. Returns the conversation, and the last one that was saved. */
async function conversationOf(
  first: Observable<MessageStreamEvent>,
  signal?: AbortSignal,
): Promise<{ messages: readonly MessageParam[]; saved: readonly MessageParam[] }> {
  let saved: readonly MessageParam[] = params.messages;
  const requests = [first, of(...eventsOf(buildMessage({ content: 'Done.' })))];
  const run = runTools(params, {
    tools,
    request: (asked, { turn }) => {
      expect(turn === 1 ? undefined : faultOf(asked.messages)).toBeUndefined();
      return requests[turn - 1] ?? NEVER;
    },
    onToolResult: (_, messages) => void (saved = messages),
    onTurn: ({ messages }) => void (saved = messages),
    ...(signal && { signal }),
  });
  const end: unknown = await lastValueFrom(run).catch((error: unknown) => error);
  if (end instanceof AnthropicError) return { messages: end.messages ?? [], saved };
  if (typeof end === 'object' && end !== null && 'messages' in end)
    return { messages: end.messages as MessageParam[], saved };
  throw new Error('no conversation', { cause: end });
}

/** Why the API would refuse a conversation, as the next request of a run, or with another message of the user. */
function faultOf(messages: readonly MessageParam[]): string | undefined {
  const last = messages.at(-1);
  const next: MessageParam[] = last?.role === 'assistant' ? [{ role: 'user', content: 'Go on.' }] : [];
  return refusalOf({ ...params, messages: [...messages, ...next] });
}

describe('a conversation of a run', () => {
  it.each(REASONS)('is accepted by the API after %s', async (stop_reason) => {
    const message = buildMessage({
      content: stop_reason === 'pause_turn' ? content.slice(0, 4) : content,
      stop_reason,
    });
    const { messages, saved } = await conversationOf(from(eventsOf(message)));

    expect(faultOf(messages)).toBeUndefined();
    expect(saved).toEqual(messages);
  });

  it('has the thinking and what is between it as they came', async () => {
    const { messages } = await conversationOf(from(eventsOf(buildMessage({ content }))));

    expect(messages[1]?.content?.slice(0, 3)).toEqual(buildMessage({ content }).content.slice(0, 3));
  });

  const sent = eventsOf(buildMessage({ content: [...content, call('hangs')] }), { deltaLength: 3 });

  it.each(sent.map(({ type }, index) => [index, type]))(
    'is accepted if the connection is lost after event %d, %s',
    async (index) => {
      const lost = throwError(() => new OverloadedError('Overloaded', { status: 529 }));
      const { messages } = await conversationOf(concat(from(sent.slice(0, index)), lost));

      expect(faultOf(messages)).toBeUndefined();
    },
  );

  it.each(sent.map((_, index) => index + 1))('is accepted if the run is aborted after %d events', async (count) => {
    const controller = new AbortController();
    const run = conversationOf(concat(from(sent.slice(0, count)), NEVER), controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();

    expect(faultOf((await run).messages)).toBeUndefined();
  });

  it('can be continued from what was saved at any moment, without running a call twice', async () => {
    const { messages } = await conversationOf(
      concat(
        from(sent),
        throwError(() => new OverloadedError('Overloaded', { status: 529 })),
      ),
    );
    const again = await lastValueFrom(
      runTools({ ...params, messages }, { tools, request: () => from(eventsOf(buildMessage({ content: 'Done.' }))) }),
    );

    expect(again).toMatchObject({ type: 'run_end', reason: 'end_turn', turns: 1 });
  });
});
