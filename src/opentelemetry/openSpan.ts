import {
  context,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { readAPIError } from '../errors/readError.js';
import { describeCauses } from '../errors/inspectError.js';
import { asString, readPath } from '../utils/inspect.js';
import type { TraceOptions } from './traceOptions.js';

/** A span that has not ended, with the context in which it is the current one. Without a tracer, nothing is recorded. */
export class OpenSpan {
  readonly context: Context;
  readonly #span: Span | undefined;
  readonly #capturesContent: boolean;
  #isOpen = true;

  /** @param parent - The context of the parent. Default: the current one. */
  constructor(
    { tracer, attributes, captureContent = false }: TraceOptions,
    name: string,
    kind: SpanKind,
    own: Attributes,
    parent: Context = context.active(),
  ) {
    this.#span = tracer?.startSpan(name, { kind, attributes: { ...attributes, ...own } }, parent);
    this.context = this.#span === undefined ? parent : trace.setSpan(parent, this.#span);
    this.#capturesContent = captureContent;
  }

  /** Whether the span has not ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  rename(name: string): void {
    this.#span?.updateName(name);
  }

  addEvent(name: string, attributes: Attributes): void {
    this.#span?.addEvent(name, attributes);
  }

  /** Ends the span. Does nothing if it has ended. */
  end(attributes: Attributes): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#span?.setAttributes(attributes);
    this.#span?.end();
  }

  /** Ends the span with an error, whose message may contain what somebody has written. */
  fail(error: unknown, attributes: Attributes): void {
    if (!this.#isOpen) return;
    const type = errorTypeOf(error);
    const message = this.#capturesContent ? describeCauses(error) : undefined;
    this.#span?.addEvent('exception', {
      'exception.type': nameOf(error),
      ...(message !== undefined && { 'exception.message': message }),
    });
    this.#span?.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
    this.end({ ...attributes, 'error.type': type });
  }
}

/** Returns the class of an error, for `error.type`: the API's error type, or the name of the error. */
export function errorTypeOf(error: unknown): string {
  const type = readAPIError(error).type;
  return type !== undefined && /^[a-z_]{1,60}$/.test(type) ? type : nameOf(error);
}

function nameOf(error: unknown): string {
  return asString(readPath(error, 'name')) ?? '_OTHER';
}
