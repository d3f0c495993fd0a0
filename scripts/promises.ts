/**
 * Measures what a user of this package, of the official SDK and of the AI SDK sees in the same difficult cases, and
 * writes the table of the README: `npm run promises`.
 */
import { lastValueFrom, toArray } from 'rxjs';
import {
  APIError,
  finalMessage,
  finalText,
  retryOnConnectionError,
  streamMessage,
  textDeltas,
  toAsyncIterable,
  toolInputStatus,
  toolUses,
  type StreamMessageOptions,
} from 'rxjs-anthropic';
import {
  buildMessage,
  errorEvent,
  eventsOf,
  startMessagesServer,
  toolUseBlock,
  type MessagesScript,
} from 'rxjs-anthropic/testing';
import { aiSdk, join, officialSdk, PARAMS, readRaw, readSlowly, settled, TOOL } from './promises/clients.js';
import { inputRow } from './promises/inputRow.js';
import { replaceSection } from './support/replaceSection.js';

const TIMEOUT_MS = 300;
const ANSWER = 'Transfer 50,000 to the landlord, but only after the first of May, and not before.';
const answer = eventsOf(buildMessage({ content: ANSWER }));
const half = { cutAt: 6 };
const call = eventsOf(
  buildMessage({
    content: [toolUseBlock(TOOL, { amount: 500, to: 'landlord', not_before: '2027-05-01' })],
    stop_reason: 'max_tokens',
  }),
);
const lastDelta = call.map(({ type }) => type).lastIndexOf('content_block_delta');

/** A case, and what the user of each client sees. The clients get the address of a server of their own. */
interface Case {
  readonly what: string;
  readonly script: MessagesScript;
  readonly ours: (options: StreamMessageOptions) => Promise<string>;
  readonly sdk: (url: string) => Promise<string>;
  readonly ai: (url: string) => Promise<string>;
}

const cases: readonly Case[] = [
  {
    what: 'the response ends in the middle of a sentence',
    script: { events: eventsOf(buildMessage({ content: ANSWER }), half) },
    ours: finalTextOf,
    sdk: async (url) => {
      const raw = await settled(readRaw(officialSdk(url)));
      return `\`create()\` ${raw}; \`stream()\`: ${await settled(officialSdk(url).messages.stream(PARAMS).finalText())}`;
    },
    ai: aiText,
  },
  {
    what: 'the API reports an overload in the middle of a sentence',
    script: {
      events: eventsOf(buildMessage({ content: ANSWER }), {
        ...half,
        error: errorEvent('overloaded_error', 'Overloaded'),
      }),
    },
    ours: finalTextOf,
    sdk: (url) => settled(officialSdk(url).messages.stream(PARAMS).finalText()),
    ai: aiText,
  },
  {
    what: '`max_tokens` truncates the JSON of a tool call',
    script: { events: call.filter((_, index) => index !== lastDelta) },
    ours: async (options) => {
      const events$ = streamMessage(PARAMS, options);
      const calls = await lastValueFrom(events$.pipe(toolUses(), toArray()));
      const [block] = (await lastValueFrom(events$.pipe(finalMessage()))).content;
      if (block?.type !== 'tool_use' || calls.length > 0) throw new Error('The call is not recognised as truncated.');
      return `\`toolUses()\` does not emit it; in the message, its input is \`${toolInputStatus(block).state}\``;
    },
    sdk: async (url) => {
      const [block] = (await officialSdk(url).messages.stream(PARAMS).finalMessage()).content;
      return block?.type === 'tool_use' ? `**an ordinary call** with \`${JSON.stringify(block.input)}\`` : 'no call';
    },
    ai: async (url) => {
      const [found] = await aiSdk(url).toolCalls;
      return found?.invalid === true ? 'the call is marked `invalid`' : '**an ordinary call**';
    },
  },
  {
    what: `the server goes silent, and the client has a timeout of ${TIMEOUT_MS} ms`,
    script: { events: answer, stallAtByte: 900 },
    ours: (options) => finalTextOf({ ...options, timeout: { idleMs: TIMEOUT_MS } }),
    sdk: (url) => settled(officialSdk(url).messages.stream(PARAMS, { timeout: TIMEOUT_MS }).finalText()),
    ai: async (url) => {
      const timeout = { chunkMs: TIMEOUT_MS };
      const text = await settled(aiSdk(url, { timeout }).text);
      return `\`text\`: ${text}; \`textStream\` ${await settled(join(aiSdk(url, { timeout }).textStream))}`;
    },
  },
  {
    what: 'the connection is lost while the body of a `for await` loop is busy',
    script: { events: answer, resetAtByte: 1500 },
    ours: (options) => readSlowly(toAsyncIterable(streamMessage(PARAMS, options).pipe(textDeltas()))),
    sdk: (url) => readSlowly(officialSdk(url).messages.stream(PARAMS)),
    ai: (url) => readSlowly(aiSdk(url).textStream),
  },
  {
    what: 'the connection is lost when half of the answer is on the screen, and retries are enabled',
    script: [{ events: answer, resetAtByte: 1500, paceMs: 5 }, { events: answer }],
    ours: async (options) => {
      let shown = '';
      let withdrawals = 0;
      const retry = retryOnConnectionError({ whenStarted: 'restart', initialDelayMs: 1 });
      await streamMessage(PARAMS, options)
        .pipe(retry, textDeltas({ restarts: true }))
        .forEach((part) => {
          if (typeof part !== 'string') withdrawals++;
          shown = typeof part === 'string' ? shown + part : '';
        });
      if (shown !== ANSWER || withdrawals !== 1) throw new Error(`Shown, after ${withdrawals} restarts: ${shown}`);
      return 'a restart event withdraws the half, and the second attempt shows the complete answer';
    },
    sdk: (url) => settled(officialSdk(url).messages.stream(PARAMS, { maxRetries: 2 }).finalText()),
    ai: (url) => settled(aiSdk(url, { maxRetries: 2 }).text),
  },
];

/** What `finalText()` emits or fails with, and whether the error has the text so far. */
async function finalTextOf(options: StreamMessageOptions): Promise<string> {
  const text$ = streamMessage(PARAMS, options).pipe(finalText());
  const result = await settled(lastValueFrom(text$));
  const error: unknown = await lastValueFrom(text$).catch((reason: unknown) => reason);
  const hasText = error instanceof APIError && error.partial?.content[0]?.type === 'text';
  return hasText ? `${result}, with the text so far as \`partial\`` : result;
}

/** What the promise `text` of the AI SDK settles with. */
async function aiText(url: string): Promise<string> {
  const { text, finishReason } = aiSdk(url);
  return `\`text\` ${await settled(text)}, \`finishReason: '${await finishReason}'\``;
}

async function measure({ what, script, ours, sdk, ai }: Case): Promise<readonly string[]> {
  const row = [what];
  for (const see of [(url: string) => ours({ apiKey: 'none', baseURL: url }), sdk, ai]) {
    const server = await startMessagesServer(script);
    row.push(await see(server.url));
    await server.close();
  }
  return row;
}

const rows: (readonly string[])[] = [];
for (const each of cases) rows.push(await measure(each));
rows.push(await inputRow());

const table = [['what happens when …', 'here', 'official SDK', 'AI SDK'], ['---', '---', '---', '---'], ...rows]
  .map((cells) => `| ${cells.join(' | ')} |`)
  .join('\n');
console.log(table);
replaceSection(new URL('../README.md', import.meta.url), 'promises', table);
process.exit(); // the official SDK still waits for the silent server
