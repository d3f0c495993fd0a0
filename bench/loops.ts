/** The least that any client can do, and a loop without validation. Neither needs a client. */
import { createParser } from 'eventsource-parser';

/** The parameters of every request. */
export const SDK_PARAMS = {
  model: 'claude-sonnet-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: '-' }],
};

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
