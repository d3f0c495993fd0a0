import {
  continuationParams,
  continueOnConnectionError,
  retryOnConnectionError,
  streamMessage,
  type Message,
  type MessageCreateParams,
  type MessageStreamEvent,
  type RetryOnConnectionErrorOptions,
  type StreamMessageOptions,
} from 'rxjs-anthropic';
import type { Observable } from 'rxjs';

/** The ways to recover from a failure once content has been shown. */
export const modes = ['none', 'restart', 'continue', 'continue or restart'] as const;
export type Mode = (typeof modes)[number];

/** A model that is asked to continue, and one that continues its own words (prefill). */
export const models = ['claude-opus-5-5', 'claude-sonnet-4-5'] as const;
export type Model = (typeof models)[number];

/** The conversation before the answer. */
export function paramsFor(model: Model): MessageCreateParams {
  return {
    model,
    max_tokens: 1024,
    thinking: model === 'claude-opus-5-5' ? { type: 'adaptive' } : { type: 'enabled', budget_tokens: 1024 },
    messages: [{ role: 'user', content: 'What of the tide?' }],
  };
}

/** The stream of a request, with the operator of a mode. */
export function streamIn(
  mode: Mode,
  params: MessageCreateParams,
  options: StreamMessageOptions,
  retry: RetryOnConnectionErrorOptions,
): Observable<MessageStreamEvent> {
  const stream = streamMessage(params, options);
  const continueWith = (partial: Message): Observable<MessageStreamEvent> =>
    streamMessage(continuationParams(params, partial), options);
  switch (mode) {
    case 'none':
      return stream;
    case 'restart':
      return stream.pipe(retryOnConnectionError({ ...retry, whenStarted: 'restart' }));
    case 'continue':
      return stream.pipe(continueOnConnectionError({ ...retry, continueWith }));
    case 'continue or restart':
      return stream.pipe(continueOnConnectionError({ ...retry, continueWith, whenStarted: 'restart' }));
  }
}
