/** Reads AG-UI events as its clients do: with the schemas, the verifier and the reducer of `@ag-ui/client`. */
import { defaultApplyEvents, HttpAgent, verifyEvents, type Message } from '@ag-ui/client';
import { EventSchemas } from '@ag-ui/core/schemas';
import { from, lastValueFrom, map, toArray, type Observable } from 'rxjs';
import type { AnyEvent } from 'rxjs-anthropic';
import { toAgUiEvents, type AgUiEvent, type ToAgUiEventsOptions } from 'rxjs-anthropic/ag-ui';

/** What a client has after a run. */
export interface Read {
  readonly events: readonly AgUiEvent[];
  /** The messages of the client, from its reducer. */
  readonly messages: readonly Message[];
  /** What the verifier, the schemas or the reducer refuse; undefined if they accept everything. */
  readonly refusal: string | undefined;
}

export const input = {
  threadId: 'thread',
  runId: 'run',
  messages: [{ id: 'q', role: 'user' as const, content: 'Go.' }],
};

/** Reads a run. By default, the client's messages are known, so that restarts are snapshots. */
export async function read(source: Observable<AnyEvent>, options: Partial<ToAgUiEventsOptions> = {}): Promise<Read> {
  const events = await lastValueFrom(source.pipe(toAgUiEvents({ ...input, ...options }), toArray()));
  // The package has its own copy of RxJS, whose types are others.
  const events$ = from(events).pipe(map((event) => EventSchemas.parse(event))) as unknown as Verified;
  const agent = new HttpAgent({ url: 'http://127.0.0.1', threadId: 'thread', initialMessages: input.messages });
  const runInput = { ...input, state: {}, tools: [], context: [], forwardedProps: {} };
  let messages: readonly Message[] = input.messages;
  return new Promise((resolve) => {
    defaultApplyEvents(runInput, verifyEvents()(events$), agent, []).subscribe({
      next: (mutation) => {
        if (mutation.messages !== undefined) ({ messages } = mutation);
      },
      error: (error: unknown) => {
        resolve({ events, messages, refusal: String(error) });
      },
      complete: () => {
        resolve({ events, messages, refusal: undefined });
      },
    });
  });
}

type Verified = Parameters<ReturnType<typeof verifyEvents>>[0];

/** The text of the assistant's messages. */
export function textOf(messages: readonly Message[]): string {
  return messages
    .map((message) => (message.role === 'assistant' && typeof message.content === 'string' ? message.content : ''))
    .join('');
}
