/** The other clients that the package is compared with. */
import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { SDK_PARAMS } from './loops.js';

/** The official SDK, with a `fetch` that returns the response. */
export function sdkFor(response: Response): Anthropic {
  return new Anthropic({ apiKey: 'none', maxRetries: 0, fetch: () => Promise.resolve(response) });
}

/** The parts that `@ai-sdk/anthropic` reads from a response. */
export async function* aiSdkParts(
  response: Response,
): AsyncGenerator<{ readonly type: string; readonly delta?: string }> {
  const anthropic = createAnthropic({ apiKey: 'none', fetch: () => Promise.resolve(response) });
  const { stream } = await anthropic(SDK_PARAMS.model).doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: '-' }] }],
  });
  yield* stream as ReadableStream<{ readonly type: string; readonly delta?: string }>;
}
