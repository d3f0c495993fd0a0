import { lastValueFrom, toArray } from 'rxjs';
import { finalMessage, streamMessage, toolUses, type FetchLike } from '../../../src/index.js';
import type { Outcome } from './cases.js';

const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };

/** Reads a response with this package. `fetch` is called twice: for the message, and for the calls that are to be run. */
export async function readWithPackage(fetch: FetchLike): Promise<Outcome> {
  const event$ = streamMessage(params, { fetch, apiKey: 'test', baseURL: 'https://api.example' });
  try {
    const [message] = await lastValueFrom(event$.pipe(finalMessage(), toArray()));
    const calls = await lastValueFrom(event$.pipe(toolUses(), toArray()));
    const text = message?.content.map((block) => (block.type === 'text' ? block.text : '')).join('') ?? '';
    const tools = calls.map(({ name, input }) => ({ name, input }));
    return { complete: { text, tools, stopReason: message?.stop_reason ?? null } };
  } catch (error) {
    return { error: error instanceof Error ? error.name : String(error) };
  }
}
