import { setTimeout as sleep } from 'node:timers/promises';
import {
  accumulateMessage,
  AnthropicError,
  APIUserAbortError,
  idleTimeout,
  messageState,
  shareMessage,
  tapMessage,
  textDeltas,
  toAsyncIterable,
  type Demand,
  type MessageStreamEvent,
  type StreamMessageOptions,
} from 'rxjs-anthropic';
import { lastValueFrom, type Observable } from 'rxjs';
import { watchAsUser } from '../../spec/resilience/support/consumers.js';
import { randomFault } from '../../spec/resilience/support/faults.js';
import { models, modes, paramsFor, streamIn } from '../../spec/resilience/support/modes.js';
import type { Random } from '../../spec/resilience/support/random.js';
import { RUN_HEADER } from '../../spec/resilience/support/serveRuns.js';
import { answers, textOf, type Answer } from '../../spec/resilience/support/streams.js';
import { judge } from '../../spec/resilience/support/verdict.js';
import type { RunHeader } from '../soakServer.js';

/** How a stream ended, and what is wrong with that. */
export interface Ending {
  readonly how: 'complete' | 'errors' | 'left' | 'aborted';
  readonly error?: unknown;
  readonly lost: boolean;
  readonly twice: boolean;
  /** What is wrong, in words. */
  readonly wrong: readonly string[];
}

interface StreamOptions {
  readonly id: number;
  readonly url: string;
  /** A signal that the stream shares with others. */
  readonly signal: AbortSignal;
  readonly random: Random;
}

/** A stream to read. */
interface Reading {
  readonly stream: Observable<MessageStreamEvent>;
  /** The same stream, which pauses for its reader. */
  pausedBy(demand: Demand): Observable<MessageStreamEvent>;
  readonly answer: Answer;
  readonly random: Random;
}

/** Streams one message in a random way, until it has ended. */
export async function randomStream({ id, url, signal, random }: StreamOptions): Promise<Ending> {
  const place = random.below(answers.length);
  const answer = answers[place] ?? answers[0];
  const params = paramsFor(random.pick(models));
  const mode = random.pick(modes);
  const header: RunHeader = {
    id,
    answer: place,
    seed: id,
    turns: params.messages.length,
    faults: Array.from({ length: random.below(4) }, () => randomFault(random, 4000)),
    sending: {
      delayMs: random.below(20),
      paceMs: random.below(8),
      ...(random.chance(0.3) && { chunkBytes: 1 + random.below(600) }),
      ...(random.chance(0.1) && { gzip: true }),
    },
  };
  const own = new AbortController();
  const isAborted = random.chance(0.1);
  const options: StreamMessageOptions = {
    apiKey: 'test',
    baseURL: url,
    headers: { [RUN_HEADER]: JSON.stringify(header) },
    timeout: { headersMs: 2000, idleMs: 400 + random.below(400), contentMs: 1500 },
    signal: isAborted ? own.signal : signal,
  };
  const retry = { initialDelayMs: random.below(20), maxDelayMs: 50, signal: isAborted ? own.signal : signal };
  const hasTimeout = random.chance(0.3);
  const streamWith = (more: StreamMessageOptions): Observable<MessageStreamEvent> => {
    const inMode = streamIn(mode, params, { ...options, ...more }, retry);
    return hasTimeout ? inMode.pipe(idleTimeout({ idleMs: 1000, firstEventMs: 5000 })) : inMode;
  };
  const pausedBy = (demand: Demand): Observable<MessageStreamEvent> => streamWith({ demand });
  const reading: Reading = { stream: streamWith({}), pausedBy, answer, random };
  if (!isAborted) return random.pick([asUsers, asUsers, asState, asSlowLoop, asShared, asLeft])(reading);
  const abort = sleep(random.below(400)).then(() => {
    own.abort();
  });
  const ending = await random.pick([asUsers, asState, asSlowLoop])(reading);
  await abort;
  return ending;
}

/** Reads the stream with everything that a screen would use. */
async function asUsers({ stream, answer }: Reading): Promise<Ending> {
  const seen = await watchAsUser(stream);
  const { ended, lost, twice, faults } = judge(seen, { answer });
  return { how: howOf(seen.error, ended === 'complete'), error: seen.error, lost, twice, wrong: faults };
}

/** Reads the stream as a state, which never fails. */
async function asState({ stream, answer }: Reading): Promise<Ending> {
  const { status, text, message, error } = await lastValueFrom(stream.pipe(messageState()));
  const isDone = status === 'done';
  const wrong = textOf(message?.content) === text ? [] : ['the text of the state differs from that of its message'];
  if (!['done', 'error', 'aborted'].includes(status)) wrong.push(`the last state is ${status}`);
  return ending(howOf(error, isDone), error, text, answer, wrong);
}

/** Reads the stream with a loop that is sometimes slow, while values are joined or the source is paused. */
async function asSlowLoop({ stream, pausedBy, answer, random }: Reading): Promise<Ending> {
  let text = '';
  const highWaterMark = random.pick([1, 8, 1024]);
  const texts = textDeltas({ restarts: true });
  const values = random.chance(0.5)
    ? toAsyncIterable(stream.pipe(texts), { highWaterMark })
    : toAsyncIterable((demand) => pausedBy(demand).pipe(texts), { highWaterMark, whenFull: 'pause' });
  const patience = random.pick([0, 2, 10]);
  try {
    for await (const value of values) {
      text = typeof value === 'string' ? text + value : '';
      if (patience > 0 && random.chance(0.3)) await sleep(random.below(patience));
    }
    return ending('complete', undefined, text, answer, []);
  } catch (error) {
    const { partial } = error instanceof AnthropicError ? error : {};
    const wrong =
      partial === undefined || textOf(partial.content) === text ? [] : ['partial differs from the text that was read'];
    return ending(howOf(error, false), error, text, answer, wrong);
  }
}

/** Reads the stream with two subscribers, one of them late. */
async function asShared({ stream, answer, random }: Reading): Promise<Ending> {
  const shared = stream.pipe(shareMessage({ graceMs: random.pick([0, 0, 20]) }));
  const late = sleep(random.below(300)).then(() => watchAsUser(shared));
  const first = judge(await watchAsUser(shared), { answer });
  const seen = await late;
  const second = judge(seen, { answer });
  return {
    how: howOf(seen.error, second.ended === 'complete'),
    error: seen.error,
    lost: first.lost || second.lost,
    twice: first.twice || second.twice,
    wrong: [...first.faults, ...second.faults],
  };
}

/** Unsubscribes from the stream after a random time. */
async function asLeft({ stream, answer, random }: Reading): Promise<Ending> {
  let text = '';
  const subscription = stream
    .pipe(
      tapMessage({ text: (delta) => (text += delta), restart: () => (text = '') }),
      accumulateMessage({ emit: 'block' }),
    )
    .subscribe({ error: () => undefined });
  await sleep(random.below(500));
  const hasEnded = subscription.closed;
  subscription.unsubscribe();
  const shown = text;
  await sleep(20);
  const wrong = shown === text ? [] : ['something was emitted after unsubscribing'];
  return ending(hasEnded ? 'errors' : 'left', undefined, text, answer, wrong);
}

function howOf(error: unknown, isComplete: boolean): Ending['how'] {
  if (error instanceof APIUserAbortError) return 'aborted';
  return isComplete ? 'complete' : 'errors';
}

function ending(how: Ending['how'], error: unknown, shown: string, { text }: Answer, wrong: string[]): Ending {
  const expected = how === 'complete' ? text : text.slice(0, shown.length);
  const isSame = shown === expected;
  return {
    how,
    error,
    lost: !isSame && shown.length <= expected.length,
    twice: !isSame && shown.length > expected.length,
    wrong: isSame ? wrong : [...wrong, `${how}: ${JSON.stringify(shown)}, not ${JSON.stringify(expected)}`],
  };
}
