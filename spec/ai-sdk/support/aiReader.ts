/** Reads UI message streams as the clients of the AI SDK do: with the package `ai` itself. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AbstractChat,
  DefaultChatTransport,
  parseJsonEventStream,
  readUIMessageStream,
  uiMessageChunkSchema,
  type ChatInit,
  type ChatState,
  type UIMessage,
  type UIMessageChunk as AiChunk,
} from 'ai';
import { lastValueFrom, of, toArray, type Observable } from 'rxjs';
import type { AnyEvent } from 'rxjs-anthropic';
import {
  toUIMessageStream,
  toUIMessageStreamResponse,
  type ToUIMessageStreamOptions,
  type UIMessageChunk,
} from 'rxjs-anthropic/ai-sdk';

/** What a client has after a stream. */
export interface Read {
  readonly message: UIMessage | undefined;
  /** The chunks that the client's schema has accepted. */
  readonly chunks: readonly UIMessageChunk[];
  /** The text of the error that the client reports; undefined if there is none. */
  readonly error: string | undefined;
}

/** The chunks of a stream. */
export function chunksOf(
  source: Observable<AnyEvent>,
  options?: ToUIMessageStreamOptions,
): Promise<readonly UIMessageChunk[]> {
  return lastValueFrom(source.pipe(toUIMessageStream(options), toArray()));
}

/** Reads a response with the parser, the schema and the reader of `ai` 6. */
export async function readResponse(response: Response): Promise<Read> {
  if (response.body === null) throw new Error('the response has no body');
  const chunks: UIMessageChunk[] = [];
  const parsed = parseJsonEventStream({ stream: response.body, schema: uiMessageChunkSchema });
  const stream = parsed.pipeThrough(
    new TransformStream<ParseResult, AiChunk>({
      transform(result, controller) {
        if (!result.success) throw result.error;
        chunks.push(result.value as UIMessageChunk);
        controller.enqueue(result.value);
      },
    }),
  );
  let message: UIMessage | undefined;
  let error: string | undefined;
  const states = readUIMessageStream({
    stream,
    onError: (failure) => {
      error ??= failure instanceof Error ? failure.message : String(failure);
    },
  });
  for await (const state of states) message = state;
  return { message, chunks, error };
}

type ParseResult =
  { readonly success: true; readonly value: AiChunk } | { readonly success: false; readonly error: Error };

/** Reads a stream over a response, with `ai` 6. */
export function read(source: Observable<AnyEvent>, options: ToUIMessageStreamOptions = {}): Promise<Read> {
  return readResponse(toUIMessageStreamResponse(source, { restarts: false, heartbeatMs: Infinity, ...options }));
}

/** Reads many streams with the schema and the reader of `ai` 7, which is an ES module, in a process of its own. */
export async function readWithAi7(
  streams: readonly (readonly UIMessageChunk[])[],
): Promise<readonly Omit<Read, 'chunks'>[]> {
  const reading = promisify(execFile)(process.execPath, [join(__dirname, 'readWithAi7.mjs')], { maxBuffer: 2 ** 28 });
  reading.child.stdin?.end(JSON.stringify(streams));
  return JSON.parse((await reading).stdout) as Omit<Read, 'chunks'>[];
}

/** The state of a chat, as the packages for React, Vue and Svelte keep it. */
class State implements ChatState<UIMessage> {
  status: ChatState<UIMessage>['status'] = 'ready';
  error: Error | undefined;
  messages: UIMessage[] = [];
  pushMessage = (message: UIMessage): void => {
    this.messages = [...this.messages, message];
  };
  popMessage = (): void => {
    this.messages = this.messages.slice(0, -1);
  };
  replaceMessage = (index: number, message: UIMessage): void => {
    this.messages = this.messages.map((old, i) => (i === index ? message : old));
  };
  snapshot = <T>(thing: T): T => structuredClone(thing);
}

/** The chat behind `useChat`, whose requests are answered by a function. */
export class Chat extends AbstractChat<UIMessage> {
  constructor(respond: (body: unknown, signal: AbortSignal) => Response, init: ChatInit<UIMessage> = {}) {
    const transport = new DefaultChatTransport<UIMessage>({
      fetch: (_url, request) =>
        Promise.resolve(respond(JSON.parse(request?.body as string), request?.signal ?? new AbortController().signal)),
    });
    super({ ...init, transport, state: new State() });
  }
}

/** The text of the parts of a message of this type. */
export function partText(message: Pick<UIMessage, 'parts'> | undefined, type: 'text' | 'reasoning'): string {
  return (message?.parts ?? []).map((part) => (part.type === type ? part.text : '')).join('');
}

/** An answer of the events of a list. */
export const answerOf = (events: readonly AnyEvent[]): Observable<AnyEvent> => of(...events);
