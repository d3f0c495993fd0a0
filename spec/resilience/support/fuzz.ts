import {
  accumulateMessage,
  AnthropicError,
  bufferByPunctuation,
  citations,
  contentBlocks,
  continueOnConnectionError,
  finalText,
  fromResponse,
  idleTimeout,
  inputJsonDeltas,
  messageState,
  outputElements,
  partialJson,
  shareMessage,
  structuredOutput,
  tapMessage,
  textDeltas,
  thinkingDeltas,
  toMessageParam,
  toolInput,
  toolUses,
  usage,
  type AnyEvent,
} from 'rxjs-anthropic';
import { asapScheduler, connectable, map, type Observable, type OperatorFunction } from 'rxjs';
import { mutatedStream, piecesOf } from './mutations.js';
import { seededRandom, type Random } from './random.js';

/** The result of one input. */
export interface FuzzResult {
  /** The length of all streams that were read. */
  readonly bytes: number;
  /** How long it took, in ms. */
  readonly ms: number;
  readonly values: number;
  /** The name of the error that each consumer got; 'complete' if it got none. */
  readonly ends: readonly string[];
  /** What is wrong, in words. */
  readonly wrong: string | undefined;
}

/** A schema that accepts anything. */
const anything = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } };

/** Different consumers of a stream. */
export const consumers: readonly OperatorFunction<AnyEvent, unknown>[] = [
  accumulateMessage(),
  (events) => events.pipe(accumulateMessage({ emit: 'block' }), map(toMessageParam)),
  (events) => events.pipe(textDeltas({ restarts: true }), bufferByPunctuation()),
  thinkingDeltas(),
  usage(),
  citations(),
  contentBlocks(),
  toolUses(),
  toolInput('get_tide'),
  toolInput('get_tide', anything),
  (events) =>
    events.pipe(
      inputJsonDeltas(),
      map(({ partial_json }) => partial_json),
      partialJson(),
    ),
  messageState(),
  structuredOutput(anything),
  outputElements(anything, 'items'),
  finalText(),
  tapMessage({
    text: noop,
    thinking: noop,
    citation: noop,
    inputJson: noop,
    contentBlock: noop,
    usage: noop,
    message: noop,
  }),
  idleTimeout(),
];

function noop(): void {
  // a consumer that only listens
}

/** Sends one input through the decoder and some consumers. The same seed results in the same input. */
export async function fuzz(seed: number): Promise<FuzzResult> {
  const random = seededRandom(seed);
  let bytes = 0;
  /** Returns the next stream: the first one, or one that continues it. */
  const stream = (): Uint8Array => {
    const next = mutatedStream(random);
    bytes += next.length;
    return next;
  };
  const begin = performance.now();
  const first = read(stream(), random);
  const source = random.chance(0.2)
    ? first.pipe(
        continueOnConnectionError({
          continueWith: () => read(stream(), random),
          initialDelayMs: 0,
          jitter: 0,
          scheduler: asapScheduler,
          maxContinuations: 2,
          shouldRetry: (error) => error instanceof AnthropicError,
          whenStarted: random.pick(['error', 'restart']),
          maxRetries: 1,
        }),
      )
    : first;
  const chosen = consumers.filter(() => random.chance(0.15));
  const results = await watched(random.chance(0.1) ? source.pipe(shareMessage()) : source, chosen);
  return { bytes, ms: performance.now() - begin, ...results };
}

function read(bytes: Uint8Array, random: Random): ReturnType<typeof fromResponse> {
  const maxBufferSize = random.chance(0.2) ? 1 + random.below(5000) : undefined;
  const isLost = random.chance(0.3);
  return fromResponse(
    () => {
      const pieces = piecesOf(bytes, random);
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const piece = pieces.shift();
            if (piece !== undefined) controller.enqueue(piece);
            else if (isLost) controller.error(new TypeError('terminated'));
            else controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
    maxBufferSize === undefined ? {} : { maxBufferSize },
  );
}

/** Reads a stream with some consumers, until all of them have ended. */
export function watched(
  source: Observable<AnyEvent>,
  chosen: readonly OperatorFunction<AnyEvent, unknown>[],
): Promise<Pick<FuzzResult, 'values' | 'ends' | 'wrong'>> {
  return new Promise((resolve) => {
    const ends: string[] = [];
    let values = 0;
    let wrong: string | undefined;
    const shared = connectable(source);
    const readings: Observable<unknown>[] = [shared, ...chosen.map((consumer) => shared.pipe(consumer))];
    const end = (name: string): void => {
      ends.push(name);
      if (ends.length === readings.length) resolve({ values, ends, wrong });
    };
    for (const reading of readings) {
      reading.subscribe({
        next: () => (values += 1),
        complete: () => {
          end('complete');
        },
        error: (error: unknown) => {
          wrong ??= whyUnexpected(error);
          end(error instanceof Error ? error.name : typeof error);
        },
      });
    }
    shared.connect();
  });
}

/** Returns why a stream should not have failed with this error, or undefined. */
function whyUnexpected(error: unknown): string | undefined {
  if (!(error instanceof AnthropicError)) return `failed with ${error instanceof Error ? error.stack : typeof error}`;
  if (error.name === 'AnthropicError') return `failed with a plain AnthropicError: ${error.message}`;
  return error.message.length > 2000 ? `a message of ${error.message.length} characters` : undefined;
}
