/** How a user reads a stream with each of the clients that are compared, and what the user then sees. */
import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { jsonSchema, streamText, tool } from 'ai';
import { setTimeout as sleep } from 'node:timers/promises';

/** A client that has not ended by then is reported as waiting. */
const PATIENCE_MS = 3000;

export const TOOL = 'transfer';
const INPUT_SCHEMA = {
  type: 'object' as const,
  properties: { amount: { type: 'number' as const }, to: { type: 'string' as const } },
};

export const PARAMS = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'What did I ask you to do?' }],
  tools: [{ name: TOOL, input_schema: INPUT_SCHEMA }],
};

export const officialSdk = (baseURL: string): Anthropic => new Anthropic({ apiKey: 'none', baseURL, maxRetries: 0 });

/** The text that the official SDK's stream of events has, as a loop over it reads it. */
export async function readRaw(client: Anthropic): Promise<string> {
  let text = '';
  for await (const event of await client.messages.create({ ...PARAMS, stream: true })) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
  }
  return text;
}

/** A stream of the AI SDK. */
export function aiSdk(baseURL: string, options: { timeout?: { chunkMs: number }; maxRetries?: number } = {}) {
  return streamText({
    model: createAnthropic({ apiKey: 'none', baseURL: `${baseURL}/v1` })(PARAMS.model),
    prompt: 'What did I ask you to do?',
    tools: { [TOOL]: tool({ inputSchema: jsonSchema(INPUT_SCHEMA) }) },
    onError: () => undefined, // by default, it is printed
    maxRetries: 0,
    ...options,
  });
}

export async function join(texts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of texts) text += part;
  return text;
}

/** Reads a stream with a loop whose body takes longer than the whole response. */
export async function readSlowly(stream: AsyncIterable<unknown>): Promise<string> {
  let values = 0;
  try {
    for await (const value of stream) {
      values++;
      await sleep(30, value);
    }
  } catch (error) {
    return `${values} values, then ${nameOf(error)}`;
  }
  return `${values} values, then **the loop ends without an error**`;
}

/** How a promise of a text settles, in the words of the table. */
export async function settled(promise: PromiseLike<string>): Promise<string> {
  const waiting = Symbol('waiting');
  try {
    const result = await Promise.race([promise, sleep(PATIENCE_MS, waiting)]);
    if (result === waiting) return `**still waiting** after ${PATIENCE_MS / 1000} s`;
    return '**resolves** to the incomplete text';
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return `\`${String(error)}\``;
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  return `\`${name}\``;
}
