import { context } from '@opentelemetry/api';
import { Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import type { MessageCreateParams } from '../api/params.js';
import { transform } from '../rx/transform.js';
import { Instruments } from './instruments.js';
import { MessageTrace } from './messageTrace.js';
import { expectTraceOptions, type TraceOptions } from './traceOptions.js';

export interface TraceMessageOptions extends TraceOptions {
  /** The parameters of the request, for the attributes of the request. Default: the span has none of these. */
  readonly params?: MessageCreateParams | undefined;
}

/**
 * Records a span and metrics of a message, by the semantic conventions of OpenTelemetry for generative AI.
 *
 *     source                          --s--d--d--z-|      the span starts with the subscription
 *     traceMessage({ tracer })                            and ends with it
 *     result                          --s--d--d--z-|
 *
 * Put it after the operators that retry or continue: the span `chat {model}` then covers all attempts, with an event for
 * each `message_restart` and `message_reconnect`. The source is subscribed in the context of the span, so that the spans
 * of its requests are children. The span ends when the source completes or fails, and when the consumer
 * unsubscribes: nothing leaks if a stream is left early. A message whose end has not arrived has the finish reason
 * `error`. The counts of tokens include the attempts that were withdrawn, and the input that was read from the cache.
 *
 * Events, completion and errors pass through unchanged.
 *
 * @param options.tracer - Creates the span. Default: no span.
 * @param options.meter - Creates the metrics: durations of the message, to the first chunk and per chunk, and tokens.
 * A chunk is an event with output. Default: no metrics.
 * @param options.params - The parameters of the request. Default: none.
 * @param options.captureContent - Whether the span has the messages, and the messages of errors. Default false.
 * @param options.conventions - Which version's names are used. Default `genai-0.1`.
 * @param options - Also `provider`, `attributes` and `scheduler`.
 * @returns An operator that passes every event through, synchronously.
 * @throws {TypeError} At call time, if there is neither a tracer nor a meter, or if one is not what its name says.
 * @example
 * import { metrics, trace } from '@opentelemetry/api';
 *
 * const tracer = trace.getTracer('my-service');
 * const meter = metrics.getMeter('my-service');
 * streamMessage(params).pipe(retryOnConnectionError(), traceMessage({ tracer, meter, params }), textDeltas());
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export function traceMessage(
  options: TraceMessageOptions,
): <Event extends AnyEvent>(source: Observable<Event>) => Observable<Event> {
  expectTraceOptions('traceMessage', options);
  const instruments = new Instruments(options);
  return <Event extends AnyEvent>(source: Observable<Event>) =>
    new Observable<Event>((subscriber) => {
      const message = new MessageTrace(options, options.params, instruments);
      subscriber.add(() => {
        message.leave();
      });
      const traced = source.pipe(
        transform<Event, Event>((output) => ({
          next(event) {
            message.add(event);
            output.next(event);
          },
          complete() {
            message.complete();
          },
          error(error) {
            message.fail(error);
          },
        })),
      );
      context.with(message.context, () => traced.subscribe(subscriber));
    });
}
