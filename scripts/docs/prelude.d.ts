/** What the blocks of the documentation use without declaring it, because it is obvious what it is. */
import type { Express } from 'express';
import type { ServerResponse } from 'node:http';
import type { Observable, Subject } from 'rxjs';
import type {
  Message,
  MessageCreateParams,
  MessageParam,
  MessageStreamEvent,
  NativeObservable,
  NativeSubscriber,
  RunState,
  SavedCall,
  StreamMessageOptions,
  Tool,
} from 'rxjs-anthropic';

declare global {
  const params: MessageCreateParams;
  const options: StreamMessageOptions;
  const model: string;
  const max_tokens: number;
  const messages: MessageParam[];
  const message: Message;
  const stream$: Observable<MessageStreamEvent>;
  const events$: Observable<MessageStreamEvent>;
  const text$: Observable<string>;
  const stop$: Subject<void>;
  const request: Request;
  const response: ServerResponse;
  const app: Express;
  const id: string;
  const url: string;
  const body: string;
  const ca: string;

  const tools: readonly Tool[];
  const getWeather: Tool<{ city: string }, 'get_weather'>;
  const refund: Tool<{ order: number; euros: number }, 'refund'>;
  const findOrder: Tool<{ order: number }, 'find_order'>;
  const runs: Runs;
  const db: Database;
  const stripe: { readonly refunds: { create(refund: object, options: { idempotencyKey: string }): Promise<unknown> } };

  const output: HTMLElement;
  const form: HTMLFormElement;
  const input: HTMLInputElement;
  const stopButton: HTMLButtonElement;

  function show(...values: unknown[]): void;
  function render(...values: unknown[]): void;
  function speak(text: string): Promise<void>;
  function slow(text: string): Promise<void>;
  function fetchWeather(city: string, signal: AbortSignal): Promise<string>;
  function askFor(calls: readonly SavedCall[]): void;

  interface Runs {
    save(id: string, state: RunState): Promise<void>;
    load(id: string): Promise<RunState>;
  }

  interface Database extends Runs {
    query(sql: string, values: readonly unknown[]): Promise<{ readonly rowCount: number }>;
    transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T>;
  }

  /** The files of a memory tool, and what a browser tool controls. */
  const files: { apply(command: unknown): Promise<string> };
  const driver: { perform(name: string, input: unknown, signal: AbortSignal): Promise<string> };

  type Sql = (query: TemplateStringsArray, ...values: unknown[]) => Promise<{ readonly rowCount: number }>;

  /** What a browser with native Observables has. */
  interface EventTarget {
    when(type: string): NativeObservable<Event>;
  }
  var Observable: new <T>(produce: (subscriber: NativeSubscriber<T>) => void) => {
    forEach(next: (value: T) => void, options?: { signal: AbortSignal }): Promise<void>;
  };

  /** The component that a block with the flag `class-body` is a part of. */
  class ComponentOfTheDocs {
    readonly events$: Observable<MessageStreamEvent>;
    readonly stop$: Observable<void>;
    readonly prompt$: Observable<string>;
    readonly answer$: Observable<MessageStreamEvent>;
    readonly service: { readonly answer$: Observable<MessageStreamEvent> };
    readonly api: { ask(messages: readonly MessageParam[]): Observable<MessageStreamEvent> };
    question(): string | undefined;
    ask(prompt: string): Observable<MessageStreamEvent>;
  }
}
