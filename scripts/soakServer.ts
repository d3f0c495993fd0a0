/**
 * The server of `npm run soak`, in a process of its own, so that heap and sockets of the other one are the package's.
 *
 * Each request says in a header of which run it is: what is to be answered, how, and what goes wrong.
 */
import { startMessagesServer } from 'rxjs-anthropic/testing';
import type { Fault } from '../spec/resilience/support/faults.js';
import { PlayedRun } from '../spec/resilience/support/playedRun.js';
import { seededRandom } from '../spec/resilience/support/random.js';
import { serving, type Sending } from '../spec/resilience/support/servedApi.js';
import { answers } from '../spec/resilience/support/streams.js';

/** What the header of a request says. */
export interface RunHeader {
  readonly id: number;
  /** The place of the answer among the answers. */
  readonly answer: number;
  readonly seed: number;
  /** How many messages the conversation has before the answer. */
  readonly turns: number;
  readonly faults: readonly Fault[];
  readonly sending: Sending;
}

/** What the server tells of itself. */
export interface ServerReport {
  readonly requests: number;
  /** How many requests are being answered. */
  readonly open: number;
  readonly retried: number;
  readonly continued: number;
  /** Why requests were refused that no client should have made. */
  readonly refusals: readonly string[];
}

/** How many runs are remembered; those before them have long ended. */
const MOST_RUNS = 20_000;

const runs = new Map<string, PlayedRun>();
const counts = { requests: 0, retried: 0, continued: 0 };
const refusals = new Set<string>();

function runOf(header: string): PlayedRun {
  const known = runs.get(header);
  if (known !== undefined) return known;
  const { answer, seed, turns, faults } = JSON.parse(header) as RunHeader;
  const run = new PlayedRun(answers[answer] ?? answers[0], turns, faults, seededRandom(seed));
  runs.set(header, run);
  for (const oldest of runs.keys()) {
    if (runs.size <= MOST_RUNS) break;
    runs.delete(oldest);
  }
  return run;
}

const script = serving(runOf, (header) => (JSON.parse(header) as RunHeader).sending);
const server = await startMessagesServer((request) => {
  const reply = script(request);
  const run = runOf(request.headers['x-run'] ?? '{}');
  const kind = run.kinds.at(-1);
  counts.requests += 1;
  if (kind === 'retry') counts.retried += 1;
  if (kind === 'continuation') counts.continued += 1;
  for (const refusal of run.refusals) refusals.add(refusal);
  return reply;
});

process.on('message', (message) => {
  if (message === 'report') {
    process.send?.({ ...counts, open: server.openConnections, refusals: [...refusals] } satisfies ServerReport);
  } else {
    void server.close().then(() => {
      process.disconnect();
    });
  }
});
process.send?.(server.url);
