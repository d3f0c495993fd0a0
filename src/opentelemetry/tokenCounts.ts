import type { Attributes } from '@opentelemetry/api';
import type { RunningUsage } from '../accumulate/usage.js';
import type { Usage } from '../api/usage.js';

/** Counts of tokens as the conventions define them. A count that the API has not reported is undefined. */
export interface TokenCounts {
  /** All input, including what was read from the prompt cache or written to it. */
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** Returns the counts of all attempts: those that a restart has withdrawn are billed too. */
export function tokenCountsOf({ abandoned_attempts: abandoned = [], ...last }: RunningUsage): TokenCounts {
  return [last, ...abandoned].map(countsOf).reduce(sum);
}

function countsOf(usage: Usage): TokenCounts {
  const { cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite } = usage;
  const reasoning = usage.output_tokens_details?.thinking_tokens;
  return {
    input: usage.input_tokens + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: usage.output_tokens,
    ...(cacheRead != null && { cacheRead }),
    ...(cacheWrite != null && { cacheWrite }),
    ...(reasoning !== undefined && { reasoning }),
  };
}

function sum(a: TokenCounts, b: TokenCounts): TokenCounts {
  const total: Record<string, number> = { ...a };
  for (const [kind, count] of Object.entries(b) as [string, number][]) total[kind] = (total[kind] ?? 0) + count;
  return total;
}

/** Returns the attributes of a span. */
export function tokenAttributes(counts: TokenCounts, conventions: 'genai-0.1' | '1.41' = 'genai-0.1'): Attributes {
  const write = conventions === '1.41' ? 'cache_creation' : 'cache_write';
  return defined({
    'gen_ai.usage.input_tokens': counts.input,
    'gen_ai.usage.output_tokens': counts.output,
    'gen_ai.usage.cache_read.input_tokens': counts.cacheRead,
    [`gen_ai.usage.${write}.input_tokens`]: counts.cacheWrite,
    'gen_ai.usage.reasoning.output_tokens': counts.reasoning,
  });
}

/** Returns the attributes that have a value. */
export function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
