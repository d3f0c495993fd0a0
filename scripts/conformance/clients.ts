/** Reads a response with each client, as its documentation recommends it for streams. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { ai } from '@ax-llm/ax';
import { ChatAnthropic } from '@langchain/anthropic';
import { type AIMessageChunk } from '@langchain/core/messages';
import { jsonSchema, streamText, tool } from 'ai';
import type { Outcome } from '../../spec/conformance/support/cases.js';
import { readWithPackage } from '../../spec/conformance/support/readWithPackage.js';

type Fetch = typeof globalThis.fetch;

/** A client, and how it reads a response. An error that it throws is its outcome. */
export interface Client {
  /** The heading of its column. */
  readonly name: string;
  /** Its packages, with their versions. */
  readonly packages: string;
  /** How the message is read. */
  readonly call: string;
  read(fetch: Fetch): Promise<Outcome>;
}

const MODEL = 'claude-sonnet-5-5';
const SCHEMA = { type: 'object' as const, additionalProperties: true };
const TOOL = { name: 'get_weather', description: 'Returns the weather of a city.' };

async function readWithOfficialSdk(fetch: Fetch): Promise<Outcome> {
  const client = new Anthropic({ apiKey: 'test', maxRetries: 0, logLevel: 'off', fetch });
  const stream = client.messages.stream({ model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] });
  const { content, stop_reason } = await stream.finalMessage();
  return {
    complete: {
      text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      tools: content.flatMap((block) => (block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [])),
      stopReason: stop_reason,
    },
  };
}

/** The stop reasons that the AI SDK has other names for. */
const STOP_REASONS: Readonly<Record<string, string | null>> = {
  length: 'max_tokens',
  stop: 'end_turn',
  'tool-calls': 'tool_use',
  unknown: null,
  other: null,
};

async function readWithAiSdk(fetch: Fetch): Promise<Outcome> {
  const failures: unknown[] = [];
  const result = streamText({
    model: createAnthropic({ apiKey: 'test', fetch })(MODEL),
    prompt: 'Hi',
    maxRetries: 0,
    tools: { [TOOL.name]: tool({ description: TOOL.description, inputSchema: jsonSchema(SCHEMA) }) },
    onError: ({ error }) => {
      failures.push(error);
    },
  });
  await result.consumeStream();
  if (failures.length > 0) throw failures[0];
  const [text, calls, finishReason] = await Promise.all([result.text, result.toolCalls, result.finishReason]);
  if (finishReason === 'error') throw new Error('finishReason: error');
  const tools = calls
    .filter(({ invalid }) => invalid !== true)
    .map(({ toolName: name, input }) => ({ name, input: input as unknown }));
  return { complete: { text, tools, stopReason: STOP_REASONS[finishReason] ?? null } };
}

async function readWithLangChain(fetch: Fetch): Promise<Outcome> {
  const model = new ChatAnthropic({
    apiKey: 'test',
    model: MODEL,
    maxRetries: 0,
    clientOptions: { fetch, maxRetries: 0, logLevel: 'off' },
  }).bindTools([{ ...TOOL, input_schema: SCHEMA }]);
  let message: AIMessageChunk | undefined;
  for await (const chunk of await model.stream('Hi')) message = message?.concat(chunk) ?? chunk;
  if (message === undefined) throw new Error('no chunk');
  const stopReason: unknown = message.response_metadata['stop_reason'] ?? message.additional_kwargs['stop_reason'];
  return {
    complete: {
      text: message.text,
      tools: (message.tool_calls ?? []).map(({ name, args: input }) => ({ name, input })),
      stopReason: typeof stopReason === 'string' ? stopReason : null,
    },
  };
}

async function readWithAx(fetch: Fetch): Promise<Outcome> {
  const client = ai({ name: 'anthropic', apiKey: 'test', options: { fetch, retry: { maxRetries: 0 } } });
  const response = await client.chat(
    {
      chatPrompt: [{ role: 'user', content: 'Hi' }],
      functions: [
        { ...TOOL, parameters: { ...SCHEMA, properties: { city: { type: 'string', description: 'A city' } } } },
      ],
    },
    { stream: true },
  );
  if (!(response instanceof ReadableStream)) throw new Error('no stream');
  let text = '';
  let stopReason: string | null = null;
  const calls = new Map<string, { name: string; json: string }>();
  const reader = response.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const { content, functionCalls = [], finishReason } of value.results) {
      text += content ?? '';
      if (finishReason !== undefined) stopReason = finishReason === 'length' ? 'max_tokens' : finishReason;
      for (const { id, function: called } of functionCalls) {
        const call = calls.get(id) ?? { name: called.name, json: '' };
        calls.set(id, { name: call.name || called.name, json: call.json + textOf(called.params) });
      }
    }
  }
  const tools = [...calls.values()].map(({ name, json }) => ({ name, input: JSON.parse(json || '{}') as unknown }));
  return { complete: { text, tools, stopReason } };
}

function textOf(params: unknown): string {
  return typeof params === 'string' ? params : params === undefined ? '' : JSON.stringify(params);
}

/** The clients, with their versions. */
export const CLIENTS: readonly Client[] = [
  {
    name: 'rxjs-anthropic',
    packages: 'this package',
    call: '`streamMessage().pipe(finalMessage())`, and `toolUses()`',
    read: readWithPackage,
  },
  {
    name: 'official SDK',
    packages: versionOf('@anthropic-ai/sdk'),
    call: '`messages.stream().finalMessage()`',
    read: readWithOfficialSdk,
  },
  {
    name: 'AI SDK',
    packages: `${versionOf('ai')}, ${versionOf('@ai-sdk/anthropic')}`,
    call: '`streamText()`',
    read: readWithAiSdk,
  },
  {
    name: 'LangChain',
    packages: versionOf('@langchain/anthropic'),
    call: '`ChatAnthropic.stream()`',
    read: readWithLangChain,
  },
  { name: 'ax', packages: versionOf('@ax-llm/ax'), call: "`ai({ name: 'anthropic' }).chat()`", read: readWithAx },
];

/** Returns the name of an installed package with its version. */
function versionOf(name: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(name));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === name) return `${name} ${found.version ?? ''}`;
    } catch {
      // no package.json in this folder
    }
    folder = dirname(folder);
  }
}
