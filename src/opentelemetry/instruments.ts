import type { Attributes, Meter } from '@opentelemetry/api';
import type { TokenCounts } from './tokenCounts.js';
import { nowOf, type TraceOptions } from './traceOptions.js';

/** The boundaries that the conventions recommend for durations, in seconds. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];
const CALLS = [0, 1, 2, 4, 8, 16, 32, 64, 128];

/** The histograms of durations, by what they measure, and their names in each version of the conventions. */
const DURATIONS = {
  message: { 'genai-0.1': 'gen_ai.client.inference.duration', '1.41': 'gen_ai.client.operation.duration' },
  firstChunk: {
    'genai-0.1': 'gen_ai.client.inference.time_to_first_chunk',
    '1.41': 'gen_ai.client.operation.time_to_first_chunk',
  },
  outputChunk: {
    'genai-0.1': 'gen_ai.client.inference.time_per_output_chunk',
    '1.41': 'gen_ai.client.operation.time_per_output_chunk',
  },
  tool: { 'genai-0.1': 'gen_ai.execute_tool.duration', '1.41': undefined },
  run: { 'genai-0.1': 'gen_ai.invoke_agent.duration', '1.41': undefined },
} as const;

/** The counters of tokens, which version 1.41 has no equivalent of, except for the first two. */
const COUNTERS: Readonly<Record<keyof TokenCounts, string>> = {
  input: 'gen_ai.client.inference.usage.input_tokens',
  output: 'gen_ai.client.inference.usage.output_tokens',
  cacheRead: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.client.inference.usage.cache_write.input_tokens',
  reasoning: 'gen_ai.client.inference.usage.reasoning.output_tokens',
};

/** The counts whose tokens are text for certain. The API does not say which tokens of the input are of images or documents. */
const OF_TEXT: ReadonlySet<string> = new Set(['output', 'reasoning'] satisfies (keyof TokenCounts)[]);

/** Records metrics, if there is a meter. A meter returns the same instrument for the same name. */
export class Instruments {
  readonly #options: TraceOptions;
  readonly #meter: Meter | undefined;
  readonly #version: 'genai-0.1' | '1.41';

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#meter = options.meter;
    this.#version = options.conventions ?? 'genai-0.1';
  }

  get isActive(): boolean {
    return this.#meter !== undefined;
  }

  /** The time in ms. */
  now(): number {
    return nowOf(this.#options);
  }

  /** Records a duration in ms. */
  recordDuration(what: keyof typeof DURATIONS, ms: number, attributes: Attributes): void {
    const name = DURATIONS[what][this.#version];
    if (name === undefined) return;
    const advice = { explicitBucketBoundaries: SECONDS };
    this.#meter?.createHistogram(name, { unit: 's', advice }).record(ms / 1000, attributes);
  }

  recordTokens(counts: TokenCounts, attributes: Attributes): void {
    if (this.#version === '1.41') {
      const options = { unit: '{token}', advice: { explicitBucketBoundaries: TOKENS } };
      const histogram = this.#meter?.createHistogram('gen_ai.client.token.usage', options);
      for (const type of ['input', 'output'] as const) {
        histogram?.record(counts[type] ?? 0, { ...attributes, 'gen_ai.token.type': type });
      }
      return;
    }
    for (const [kind, name] of Object.entries(COUNTERS)) {
      const count = counts[kind as keyof TokenCounts];
      if (count === undefined) continue;
      const modality = OF_TEXT.has(kind) ? 'text' : 'unknown';
      const counter = this.#meter?.createCounter(name, { unit: '{token}' });
      counter?.add(count, { ...attributes, 'gen_ai.token.modality': modality });
    }
  }

  /** Records how many messages the model wrote in a run, and how many tools were run. */
  recordCalls(inferenceCalls: number, toolCalls: number, attributes: Attributes): void {
    if (this.#version === '1.41') return;
    const advice = { explicitBucketBoundaries: CALLS };
    const options = { unit: '{call}', advice };
    this.#meter?.createHistogram('gen_ai.invoke_agent.inference_calls', options).record(inferenceCalls, attributes);
    this.#meter?.createHistogram('gen_ai.invoke_agent.tool_calls', options).record(toolCalls, attributes);
  }
}
