import type { UIMessage } from 'ai';
import { lastValueFrom, toArray } from 'rxjs';
import { InvalidParamsError, runTools, type MessageParam, type RunEndEvent, type RunToolsEvent } from 'rxjs-anthropic';
import { fromUIMessages, type UIMessageLike } from 'rxjs-anthropic/ai-sdk';
import { buildMessage, eventsOf, textBlock, thinkingBlock, toolUseBlock } from 'rxjs-anthropic/testing';
import { tool } from '../tools/support/run.js';
import { Answers, params } from '../tools/support/turns.js';
import { answerOf, read } from './support/aiReader.js';

/** The messages of a chat with this answer. */
const chatOf = (answer: UIMessage | undefined): UIMessageLike[] => [
  { role: 'user', parts: [{ type: 'text', text: 'Go.' } as { type: 'text' }] },
  ...(answer === undefined ? [] : [answer]),
];

const withBlocks = (messages: readonly MessageParam[]): unknown =>
  messages.map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? [textBlock(content)] : content,
  }));

it('returns the conversation of a run from what a client has kept of it', async () => {
  const answers = new Answers(
    {
      content: [
        thinkingBlock('Hm.', { signature: 's1' }),
        textBlock('Both.'),
        toolUseBlock('a', { n: 1 }),
        toolUseBlock('b', {}),
      ],
      stop_reason: 'tool_use',
    },
    { content: [toolUseBlock('fail', { n: 2 })], stop_reason: 'tool_use' },
    { content: ['Done.'] },
  );
  const fail = () => {
    throw new Error('Broken.');
  };
  const tools = [
    tool('a', () => ({ ok: true })),
    tool('b', () => [{ type: 'text', text: 'of b' }]),
    tool('fail', fail),
  ];
  const events = await lastValueFrom(
    runTools(params, { apiKey: 'k', tools, request: answers.request }).pipe(toArray<RunToolsEvent>()),
  );
  const end = events.find((event): event is RunEndEvent => event.type === 'run_end');
  const { message } = await read(answerOf(events));

  expect(withBlocks(fromUIMessages(chatOf(message)))).toEqual(withBlocks(end?.messages ?? []));
});

it('leaves out calls without a result, what the API ran, and thinking that is not signed', async () => {
  const content = [
    thinkingBlock('Search.', { signature: 's' }),
    { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} } as const,
    { type: 'web_search_tool_result', tool_use_id: 's1', content: [] } as const,
    textBlock('Found.'),
    toolUseBlock('never_run', {}),
  ];
  const { message } = await read(answerOf(eventsOf(buildMessage({ content, stop_reason: 'tool_use' }))));
  const unsigned = await read(
    answerOf(eventsOf(buildMessage({ content: [thinkingBlock('Hm.', { signature: '' }), 'Yes.'] }))),
  );

  expect(fromUIMessages(chatOf(message)).slice(1)).toEqual([{ role: 'assistant', content: [textBlock('Found.')] }]);
  expect(fromUIMessages(chatOf(unsigned.message)).slice(1)).toEqual([
    { role: 'assistant', content: [textBlock('Yes.')] },
  ]);
});

it('leaves out what an answer that failed had begun, unless it is text', async () => {
  const events = eventsOf(
    buildMessage({ content: [thinkingBlock('Long.', { signature: 's' }), 'Text.', toolUseBlock('a', {})] }),
  );
  for (const [count] of events.entries()) {
    const { message } = await read(answerOf(events.slice(0, count)));
    const [, answer, ...others] = fromUIMessages(chatOf(message));

    expect(others).toEqual([]);
    expect(['undefined', 'text']).toContain(
      typeof answer?.content === 'object' ? answer.content.at(-1)?.type : 'undefined',
    );
  }
});

it('converts the files of the user', () => {
  const file = (mediaType: string, url: string, filename?: string) => ({ type: 'file', mediaType, url, filename });
  const parts = [
    file('image/png', 'data:image/png;base64,iVBO'),
    file('image/jpeg', 'https://example.com/a.jpg'),
    file('application/pdf', 'data:application/pdf;base64,JVBE', 'a.pdf'),
    file('text/plain', `data:text/plain;charset=utf-8;base64,${btoa('hi')}`),
    { type: 'text', text: ' ' },
  ];

  expect(
    fromUIMessages([
      { role: 'system', parts: [] },
      { role: 'user', parts },
    ]),
  ).toEqual([
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBO' } },
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.jpg' } },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' }, title: 'a.pdf' },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
      ],
    },
  ]);
});

it.each([
  ['no array', { role: 'user' }],
  ['a message without parts', [{ role: 'user', content: 'Hi' }]],
  ['a file of another type', [{ role: 'user', parts: [{ type: 'file', mediaType: 'video/mp4', url: 'https://x' }] }]],
  ['a file without a URL', [{ role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url: 'blob:x' }] }]],
  [
    'a file that is not base64',
    [{ role: 'user', parts: [{ type: 'file', mediaType: 'text/plain', url: 'data:text/plain;base64,%' }] }],
  ],
])('refuses %s', (_, messages) => {
  expect(() => fromUIMessages(messages as never)).toThrow(InvalidParamsError);
});
