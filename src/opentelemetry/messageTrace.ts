import { SpanKind, type Attributes, type Context } from '@opentelemetry/api';
import { MessageAccumulator } from '../accumulate/messageAccumulator.js';
import { TotalUsage } from '../accumulate/totalUsage.js';
import { isActivity } from '../api/content.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { MessageCreateParams } from '../api/params.js';
import { readPath } from '../utils/inspect.js';
import { messagesJson, partsJson } from './content.js';
import type { Instruments } from './instruments.js';
import { errorTypeOf, OpenSpan } from './openSpan.js';
import { defined, tokenAttributes, tokenCountsOf } from './tokenCounts.js';
import type { TraceOptions } from './traceOptions.js';

/** The reason that the conventions give a message whose end has not arrived. */
const INCOMPLETE = 'error';

/** The span and the metrics of one message, over all attempts. */
export class MessageTrace {
  readonly #span: OpenSpan;
  readonly #options: TraceOptions;
  readonly #instruments: Instruments;
  readonly #base: Attributes;
  readonly #start: number;
  readonly #usage = new TotalUsage();
  /** The content, if it is captured. */
  readonly #content: MessageAccumulator | undefined;
  #id: string | undefined;
  #model: string | undefined;
  #stopReason: string | undefined;
  #isComplete = false;
  #firstChunkMs: number | undefined;
  #lastChunk: number | undefined;

  constructor(
    options: TraceOptions,
    params: MessageCreateParams | undefined,
    instruments: Instruments,
    parent?: Context,
  ) {
    const { provider = 'anthropic', captureContent = false } = options;
    this.#options = options;
    this.#instruments = instruments;
    this.#start = instruments.now();
    this.#base = defined({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': params?.model,
    });
    if (captureContent) this.#content = new MessageAccumulator();
    const own = { ...this.#base, ...requestAttributes(params), ...(captureContent && inputAttributes(params)) };
    this.#span = new OpenSpan(options, spanName(params?.model), SpanKind.CLIENT, own, parent);
  }

  /** The context in which the span is the current one. */
  get context(): Context {
    return this.#span.context;
  }

  add(event: AnyEvent): void {
    this.#usage.add(event);
    this.#addContent(event);
    if (isEvent(event, 'content_block_delta')) {
      this.#addChunk();
    } else if (isEvent(event, 'message_start')) {
      const { id, model } = event.message;
      if (this.#base['gen_ai.request.model'] === undefined) this.#span.rename(spanName(model));
      this.#id = id;
      this.#model = model;
      this.#isComplete = false;
    } else if (isEvent(event, 'message_delta')) {
      this.#stopReason = event.delta.stop_reason ?? this.#stopReason;
    } else if (isEvent(event, 'message_stop')) {
      this.#isComplete = true;
    } else if (isEvent(event, 'message_restart') || isEvent(event, 'message_reconnect')) {
      const { attempt, delayMs, error } = event;
      this.#span.addEvent(event.type, { attempt, delay_ms: delayMs, 'error.type': errorTypeOf(error) });
      this.#lastChunk = undefined; // what follows was not waited for by the model
      if (isEvent(event, 'message_restart')) this.#stopReason = undefined;
    } else if (isActivity(event)) {
      this.#addChunk();
    }
  }

  complete(): void {
    this.#record({});
    this.#span.end(this.#attributes());
  }

  fail(error: unknown): void {
    this.#record({ 'error.type': errorTypeOf(error) });
    this.#span.fail(error, this.#attributes());
  }

  /** The consumer has unsubscribed, possibly because it had what it wanted. */
  leave(): void {
    if (!this.#span.isOpen) return;
    if (!this.#isComplete) this.#span.addEvent('unsubscribed', {});
    this.complete();
  }

  /** A chunk is an event with output: a delta, or a block that arrives complete. */
  #addChunk(): void {
    if (!this.#instruments.isActive && this.#firstChunkMs !== undefined) return;
    const now = this.#instruments.now();
    if (this.#firstChunkMs === undefined) {
      this.#firstChunkMs = now - this.#start;
      this.#instruments.recordDuration('firstChunk', this.#firstChunkMs, this.#metricAttributes());
    } else if (this.#lastChunk !== undefined) {
      this.#instruments.recordDuration('outputChunk', now - this.#lastChunk, this.#metricAttributes());
    }
    this.#lastChunk = now;
  }

  /** An event that is out of order is an error of the source, and none of the trace. */
  #addContent(event: AnyEvent): void {
    try {
      this.#content?.add(event);
    } catch {
      return; // the operator that needs the order reports it
    }
  }

  #record(more: Attributes): void {
    if (!this.#span.isOpen) return;
    const attributes = this.#metricAttributes();
    this.#instruments.recordDuration('message', this.#instruments.now() - this.#start, { ...attributes, ...more });
    if (this.#id !== undefined) this.#instruments.recordTokens(tokenCountsOf(this.#usage.usage), attributes);
  }

  #metricAttributes(): Attributes {
    return { ...this.#base, ...(this.#model !== undefined && { 'gen_ai.response.model': this.#model }) };
  }

  #attributes(): Attributes {
    const reason = this.#isComplete ? (this.#stopReason ?? INCOMPLETE) : INCOMPLETE;
    const content = this.#content?.partial;
    return defined({
      'gen_ai.response.id': this.#id,
      'gen_ai.response.model': this.#model,
      'gen_ai.response.finish_reasons': [reason],
      'gen_ai.response.time_to_first_chunk': this.#firstChunkMs === undefined ? undefined : this.#firstChunkMs / 1000,
      ...(this.#id !== undefined && tokenAttributes(tokenCountsOf(this.#usage.usage), this.#options.conventions)),
      'gen_ai.output.messages': content && messagesJson([content], reason),
    });
  }
}

function spanName(model: string | undefined): string {
  return model === undefined ? 'chat' : `chat ${model}`;
}

function requestAttributes(params: MessageCreateParams | undefined): Attributes {
  const numberOf = (name: string): number | undefined => {
    const value = readPath(params, name);
    return typeof value === 'number' ? value : undefined;
  };
  const stops = readPath(params, 'stop_sequences');
  const effort = readPath(params, 'output_config', 'effort');
  return defined({
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': numberOf('max_tokens'),
    'gen_ai.request.temperature': numberOf('temperature'),
    'gen_ai.request.top_p': numberOf('top_p'),
    'gen_ai.request.top_k': numberOf('top_k'),
    'gen_ai.request.stop_sequences': Array.isArray(stops) ? stops.map(String) : undefined,
    'gen_ai.request.reasoning.level': typeof effort === 'string' ? effort : undefined,
  });
}

function inputAttributes(params: MessageCreateParams | undefined): Attributes {
  if (params === undefined) return {};
  const { messages, system } = params;
  return {
    'gen_ai.input.messages': messagesJson(messages),
    ...(system !== undefined && { 'gen_ai.system_instructions': partsJson(system) }),
  };
}
