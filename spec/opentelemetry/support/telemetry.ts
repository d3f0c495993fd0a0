import { context, SpanStatusCode, type Meter, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** The real SDK of OpenTelemetry, with exporters in memory. */
export class Telemetry {
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 2 ** 30 });
  readonly #tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] });
  readonly #meters = new MeterProvider({ readers: [this.#reader] });
  readonly tracer: Tracer = this.#tracers.getTracer('spec');
  readonly meter: Meter = this.#meters.getMeter('spec');

  /** The spans that have ended, in the order in which they ended. */
  get spans(): readonly ReadableSpan[] {
    return this.#spans.getFinishedSpans();
  }

  /** The only span that has ended. */
  get span(): ReadableSpan {
    const [span, ...others] = this.spans;
    if (span === undefined || others.length > 0) throw new Error(`${this.spans.length} spans have ended, not one`);
    return span;
  }

  /** The points of each metric, as `{ attributes, value }`; the value of a histogram is its sum and its count. */
  async points(): Promise<Readonly<Record<string, readonly Point[]>>> {
    await this.#reader.forceFlush();
    const metrics =
      this.#metrics
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
    return Object.fromEntries(
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ attributes, value }) => ({ attributes, ...numbersOf(value) })),
      ]),
    );
  }

  async stop(): Promise<void> {
    await this.#meters.shutdown();
    await this.#tracers.shutdown();
  }
}

export interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly sum: number;
  readonly count: number | undefined;
}

function numbersOf(value: number | Histogram | object): { readonly sum: number; readonly count: number | undefined } {
  if (typeof value === 'number') return { sum: value, count: undefined };
  const { sum = NaN, count } = value as Histogram;
  return { sum, count };
}

/** The telemetry of each test. Spans find their parents in the asynchronous context, as in a service. */
export function useTelemetry(): () => Telemetry {
  let telemetry = new Telemetry();
  const manager = new AsyncLocalStorageContextManager();
  beforeAll(() => {
    context.setGlobalContextManager(manager.enable());
  });
  beforeEach(() => {
    telemetry = new Telemetry();
  });
  afterEach(() => telemetry.stop());
  afterAll(() => {
    context.disable();
  });
  return () => telemetry;
}

/** What is essential about a span. */
export function summaryOf({ name, status, attributes, events }: ReadableSpan): string {
  const failed = status.code === SpanStatusCode.ERROR ? ` failed: ${String(attributes['error.type'])}` : '';
  const own = events.map((event) => event.name).filter((event) => event !== 'exception');
  return `${name}${failed}${own.length === 0 ? '' : ` [${own.join()}]`}`;
}
