import type { Attributes, Meter, Tracer } from '@opentelemetry/api';
import type { SchedulerLike } from 'rxjs';
import { expectFunctions, expectOneOf } from '../utils/options.js';
import { readPath } from '../utils/inspect.js';

/** What everything that records spans and metrics has in common. */
export interface TraceOptions {
  /** Creates the spans. Default: no spans. */
  readonly tracer?: Tracer | undefined;
  /** Creates the metrics. Default: no metrics. */
  readonly meter?: Meter | undefined;
  /**
   * Whether spans have what users, the model and tools have written, and the messages of errors. Default false: they have
   * names, counts and IDs only.
   */
  readonly captureContent?: boolean | undefined;
  /**
   * The version of the semantic conventions whose names are used: `genai-0.1` of the repository
   * semantic-conventions-genai, or `1.41`, the last one of semantic-conventions. Default `genai-0.1`.
   */
  readonly conventions?: 'genai-0.1' | '1.41' | undefined;
  /** The value of `gen_ai.provider.name`. Default `anthropic`; `aws.bedrock` or `gcp.vertex_ai`, for example, for others. */
  readonly provider?: string | undefined;
  /** More attributes of each span. Default: none. */
  readonly attributes?: Attributes | undefined;
  /** The scheduler whose clock measures the durations of the metrics. Default: `performance.now()`. */
  readonly scheduler?: Pick<SchedulerLike, 'now'> | undefined;
}

/**
 * Validates the options at call time.
 *
 * @throws {TypeError} If there is neither a tracer nor a meter, or if one is not what its name says.
 */
export function expectTraceOptions(caller: string, { tracer, meter, conventions }: TraceOptions): void {
  if (tracer === undefined && meter === undefined) {
    throw new TypeError(`${caller}: pass a tracer, a meter, or both.`);
  }
  expectFunctions(caller, {
    'tracer.startSpan': tracer && (readPath(tracer, 'startSpan') ?? null),
    'meter.createHistogram': meter && (readPath(meter, 'createHistogram') ?? null),
  });
  expectOneOf(caller, 'conventions', conventions, ['genai-0.1', '1.41']);
}

/** Returns the time in ms, for durations. */
export function nowOf({ scheduler }: TraceOptions): number {
  return scheduler === undefined ? performance.now() : scheduler.now();
}
