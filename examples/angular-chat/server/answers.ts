import { tap, type Observable } from 'rxjs';
import {
  continuationParams,
  continueOnConnectionError,
  resumeRun,
  retryOnConnectionError,
  runTools,
  streamMessage,
  type MessageCreateParams,
  type RunState,
  type RunToolsEvent,
  type RunToolsOptions,
} from 'rxjs-anthropic';
import type { Api } from './api.js';
import type { ChatInput } from './chatInput.js';
import { TOOLS } from './tools.js';

const SYSTEM = 'You are a helpful assistant in a chat. Answer in Markdown, and keep answers short.';

/** The answer that decisions are for is unknown, or somebody else has decided. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

/** Asks the model, and keeps the state of the runs that wait for approval. */
export class Answers {
  readonly #api: Api;
  readonly #runs = new Map<string, { readonly state: RunState; resumedBy?: string }>();

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * Returns the events of an answer. Nothing is sent before it is subscribed.
   *
   * @throws {DecisionError} If the decisions cannot be followed.
   */
  answer(id: string, input: ChatInput): Observable<RunToolsEvent> {
    const params = {
      model: this.#api.model,
      max_tokens: 8192,
      system: SYSTEM,
      thinking: { type: 'adaptive', display: 'summarized' },
    } as const;
    const run =
      input.resume === undefined
        ? runTools({ ...params, messages: input.messages }, this.#options())
        : resumeRun(this.#claim(input.resume.id, id), input.resume.decisions, params, this.#options());
    return run.pipe(
      tap((event) => {
        if (event.type === 'run_paused') this.#runs.set(id, { state: event.state });
      }),
    );
  }

  #options(): RunToolsOptions {
    return {
      tools: TOOLS,
      onTool: ({ needsApproval }) => !needsApproval || 'pause',
      request: (params) => this.#request(params),
    };
  }

  /** One request to the API, which survives a lost connection: before there is content it is sent again, later it is continued. */
  #request(params: MessageCreateParams) {
    const { options } = this.#api;
    return streamMessage(params, options).pipe(
      retryOnConnectionError(),
      continueOnConnectionError({
        continueWith: (partial) => streamMessage(continuationParams(params, partial), options),
      }),
    );
  }

  /** Returns the state of a run that waits, for the one answer that continues it, so that no tool runs twice. */
  #claim(paused: string, id: string): RunState {
    const run = this.#runs.get(paused);
    if (run === undefined) throw new DecisionError('No answer is waiting for a decision.');
    run.resumedBy ??= id;
    if (run.resumedBy !== id) throw new DecisionError('Somebody else has decided already.');
    return run.state;
  }
}
