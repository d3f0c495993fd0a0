// Shows an answer as it arrives, with its thinking and a tool call; Ctrl-C interrupts it.
// npm start
import { parseArgs } from 'node:util';
import { fromEvent, lastValueFrom, take, takeUntil, tap } from 'rxjs';
import {
  accumulateMessage,
  retryOnConnectionError,
  streamMessage,
  tapMessage,
  type Message,
  type MessageCreateParams,
} from 'rxjs-anthropic';
import { connect, type Connection } from './support/connect.js';
import { explain } from './support/explain.js';
import { MessageView } from './support/messageView.js';

const HELP = `npm start -- [options] [prompt]

Streams a message and shows it as it arrives. Without ANTHROPIC_API_KEY, a server in this process stands in for the API: no
key, no network, and the same answer to every prompt.

  --model NAME   the model (default: claude-opus-5-5)
  --thinking     lets the model think first, and shows its thinking
  --help         shows this text

Exit status: 0 after a complete message, 1 after an error, 130 after Ctrl-C.`;

const ADD_TO_CALENDAR = {
  name: 'add_to_calendar',
  description: 'Puts a day with its stops into the calendar. Call it once the plan is made.',
  eager_input_streaming: true, // without it, the API sends complete values, and there is less to watch
  input_schema: {
    type: 'object',
    properties: {
      title: { type: 'string' },
      date: { type: 'string', format: 'date' },
      stops: {
        type: 'array',
        items: { type: 'object', properties: { at: { type: 'string' }, place: { type: 'string' } } },
      },
    },
    required: ['title', 'date', 'stops'],
  },
} as const;

try {
  await main();
} catch (error) {
  console.error(`error: ${explain(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'claude-opus-5-5' },
      thinking: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const prompt = positionals.length > 0 ? positionals.join(' ') : 'Plan a slow Sunday in Lisbon for two, 29 November.';
  const connection = await connect('demo');
  try {
    await show(connection, {
      model: values.model,
      max_tokens: 16_000,
      messages: [{ role: 'user', content: prompt }],
      tools: [ADD_TO_CALENDAR],
      ...(values.thinking && { thinking: { type: 'adaptive', display: 'summarized' } }),
    });
  } finally {
    await connection.close();
  }
}

/** Streams a message to the terminal, until it is complete, fails or is interrupted. */
async function show({ options, server }: Connection, params: MessageCreateParams): Promise<void> {
  const view = new MessageView(process.stdout);
  if (server !== undefined) view.note('[no ANTHROPIC_API_KEY: a server in this process stands in for the API]\n');
  const startedAt = performance.now();
  let firstTokenAt: number | undefined;

  const interrupt$ = fromEvent(process, 'SIGINT').pipe(
    take(1), // a second one ends the process
    tap(() => {
      process.exitCode = 130;
    }),
  );

  const message$ = streamMessage(params, options).pipe(
    retryOnConnectionError({
      onRetry: ({ attempt, delayMs, error }) => {
        view.note(`[attempt ${attempt} starts in ${seconds(delayMs)}, because this one failed: ${explain(error)}]`);
      },
    }),
    tapMessage({ thinking: view.thinking, text: view.text, inputJson: view.inputJson }),
    accumulateMessage(),
    tap((message) => {
      if (message.content.length > 0) firstTokenAt ??= performance.now();
      view.message(message);
    }),
    takeUntil(interrupt$),
  );

  try {
    const message = await lastValueFrom(message$, { defaultValue: undefined });
    const now = performance.now();
    if (process.exitCode === 130)
      view.note(`[interrupted after ${seconds(now - startedAt)}, with ${arrived(message)}]`);
    else if (message !== undefined) view.note(summary(message, { startedAt, firstTokenAt: firstTokenAt ?? now, now }));
  } finally {
    view.end();
  }
  const request = server?.requests.at(-1);
  await request?.closed;
  if (request?.hungUp === true)
    view.note(`[the server saw the connection close; open requests: ${server?.openConnections ?? 0}]`);
}

function summary(message: Message, at: { startedAt: number; firstTokenAt: number; now: number }): string {
  const { input_tokens, output_tokens } = message.usage;
  const perSecond = output_tokens / Math.max((at.now - at.firstTokenAt) / 1000, 0.001);
  return [
    `stop reason   ${message.stop_reason ?? 'none'}`,
    `tokens        ${input_tokens} in, ${output_tokens} out, ${perSecond.toFixed(0)} per second`,
    `time          ${seconds(at.now - at.startedAt)}, to the first token ${seconds(at.firstTokenAt - at.startedAt)}`,
  ].join('\n');
}

function arrived(message: Message | undefined): string {
  const parts = message?.content.map((block) => {
    if (block.type === 'text') return `${block.text.length} characters of text`;
    if (block.type === 'thinking') return `${block.thinking.length} characters of thinking`;
    return block.type === 'tool_use' ? `a call to ${block.name}` : block.type;
  });
  return parts === undefined || parts.length === 0 ? 'no content yet' : parts.join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
