/** The chat behind `useChat`, with its own transport, over responses of this package. */
import { lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage } from 'ai';
import { concat, NEVER, tap, throwError, type Observable } from 'rxjs';
import { abortOn, resumeRun, runTools, type AnyEvent, type RunState } from 'rxjs-anthropic';
import { toUIMessageStreamResponse } from 'rxjs-anthropic/ai-sdk';
import { buildMessage, eventsOf, toolUseBlock } from 'rxjs-anthropic/testing';
import { until } from '../relay/support/until.js';
import { tool } from '../tools/support/run.js';
import { Answers, params } from '../tools/support/turns.js';
import { answerOf, Chat, partText } from './support/aiReader.js';

const events = eventsOf(buildMessage({ content: ['Hello, ', 'world.'] }));
const respond = (source: Observable<AnyEvent>): Response =>
  toUIMessageStreamResponse(source, { heartbeatMs: Infinity });

it('shows the answer, and is ready', async () => {
  const chat = new Chat(() => respond(answerOf(events)));
  await chat.sendMessage({ text: 'Hi' });

  expect(chat.status).toBe('ready');
  expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(partText(chat.lastMessage, 'text')).toBe('Hello, world.');
  expect(chat.lastMessage?.metadata).toMatchObject({ stopReason: 'end_turn' });
});

it.each(events.map((_, count) => count))('is in error if the answer ends or fails after %d events', async (count) => {
  const begun = answerOf(events.slice(0, count));
  const lost = throwError(() => new TypeError('fetch failed'));
  for (const source of [begun, concat(begun, lost)]) {
    const ends: unknown[] = [];
    const chat = new Chat(() => respond(source), { onFinish: (end) => ends.push(end) });
    await chat.sendMessage({ text: 'Hi' });

    expect(chat.status).toBe('error');
    expect(ends).toMatchObject([{ isError: true, finishReason: undefined }]);
  }
});

it('stops the source when the user stops the answer', async () => {
  let isStopped = false;
  const chat = new Chat((_, signal) => {
    const source = concat(answerOf(events.slice(0, 3)), NEVER).pipe(
      abortOn(signal),
      tap({
        finalize: () => {
          isStopped = true;
        },
      }),
    );
    return respond(source);
  });
  const sent = chat.sendMessage({ text: 'Hi' });
  await until(() => partText(chat.lastMessage, 'text') !== '');
  await chat.stop();
  await sent;

  expect(isStopped).toBe(true);
});

it('continues a paused run in the same message after the user has approved the call', async () => {
  let state: RunState | undefined;
  const answers = new Answers(
    { content: [toolUseBlock('send', { to: 'Ada' }, { id: 'toolu_1' })], stop_reason: 'tool_use' },
    { content: 'Sent.' },
  );
  const send = { ...tool('send', () => ({ sent: true })), needsApproval: () => true };
  const options = { apiKey: 'k', tools: [send], request: answers.request, onTool: () => 'pause' as const };
  const { model, max_tokens } = params;
  const chat = new Chat(
    (body) => {
      const { messages } = body as { messages: UIMessage[] };
      const decisions = messages
        .flatMap(({ parts }) => parts)
        .flatMap((part) =>
          'approval' in part && part.approval.approved !== undefined
            ? [[part.approval.id, part.approval.approved]]
            : [],
        );
      const run =
        state === undefined
          ? runTools(params, options)
          : resumeRun(state, Object.fromEntries(decisions) as Record<string, boolean>, { model, max_tokens }, options);
      return respond(
        run.pipe(
          tap((event) => {
            if (event.type === 'run_paused') ({ state } = event);
          }),
        ),
      );
    },
    { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses },
  );
  await chat.sendMessage({ text: 'Send it.' });

  expect(chat.lastMessage?.parts[1]).toMatchObject({ type: 'tool-send', state: 'approval-requested' });

  await chat.addToolApprovalResponse({ id: 'toolu_1', approved: true });
  await until(() => chat.status === 'ready' && partText(chat.lastMessage, 'text') !== '');

  expect(chat.messages).toHaveLength(2);
  expect(chat.error).toBeUndefined();
  expect(chat.lastMessage?.parts).toMatchObject([
    { type: 'step-start' },
    { type: 'tool-send', state: 'output-available', output: { sent: true } },
    { type: 'step-start' },
    { type: 'text', text: 'Sent.' },
  ]);
});
