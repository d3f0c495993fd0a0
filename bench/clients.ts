/** What the package is compared with: the least that any client can do, a loop without validation, and two other clients. */
import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { createParser } from 'eventsource-parser';

/** The fields of an event that are read here. */
export interface WireEvent {
  readonly type: string;
  readonly index?: number;
  readonly delta?: { readonly text?: string; readonly thinking?: string; readonly partial_json?: string };
}

/** The floor: `TextDecoder`, `eventsource-parser` and `JSON.parse` of each event. */
export async function readFloor({ body }: Response, onEvent: (event: WireEvent) => void): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      onEvent(JSON.parse(data) as WireEvent);
    },
  });
  const reader = body?.getReader();
  for (;;) {
    const result = await reader?.read();
    if (result?.done !== false) return;
    parser.feed(decoder.decode(result.value, { stream: true }));
  }
}

/** The loop that people write by hand. It supports neither CRLF nor a `data:` of two lines, and validates nothing. */
export async function readByHand({ body }: Response, onEvent: (event: WireEvent) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const frames = rest.split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) onEvent(JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as WireEvent);
  }
}

/** The official SDK, with a `fetch` that returns the response. */
export function sdkFor(response: Response): Anthropic {
  return new Anthropic({ apiKey: 'none', maxRetries: 0, fetch: () => Promise.resolve(response) });
}

export const SDK_PARAMS = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: '-' }],
};

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
