/**
 * The server of `npm run soak`, in its own process, so that the heap and sockets of the other process are the package's.
 *
 * A header of each request describes its run: the answer, how it is sent, and what goes wrong.
 */
import { startMessagesServer } from 'rxjs-anthropic/testing';
import type { Fault } from '../spec/resilience/support/faults.js';
import { FakeRun } from '../spec/resilience/support/fakeRun.js';
import { seededRandom } from '../spec/resilience/support/random.js';
import { serveRuns, type Sending } from '../spec/resilience/support/serveRuns.js';
import { answers } from '../spec/resilience/support/streams.js';

/** The content of the header of a request. */
export interface RunHeader {
  readonly id: number;
  /** The index of the answer in the list of answers. */
  readonly answer: number;
  readonly seed: number;
  /** How many messages the conversation has before the answer. */
  readonly turns: number;
  readonly faults: readonly Fault[];
  readonly sending: Sending;
}

/** What the server reports about itself. */
export interface ServerReport {
  readonly requests: number;
  /** The number of requests that are being answered. */
  readonly open: number;
  readonly retried: number;
  readonly continued: number;
  /** The reasons why requests were refused, which no client should have sent. */
  readonly refusals: readonly string[];
}

/** The number of runs that are kept; earlier ones have long ended. */
const MOST_RUNS = 20_000;

const runs = new Map<string, FakeRun>();
const counts = { requests: 0, retried: 0, continued: 0 };
const refusals = new Set<string>();

function runOf(header: string): FakeRun {
  const known = runs.get(header);
  if (known !== undefined) return known;
  const { answer, seed, turns, faults } = JSON.parse(header) as RunHeader;
  const run = new FakeRun(answers[answer] ?? answers[0], turns, faults, seededRandom(seed));
  runs.set(header, run);
  for (const oldest of runs.keys()) {
    if (runs.size <= MOST_RUNS) break;
    runs.delete(oldest);
  }
  return run;
}

const script = serveRuns(runOf, (header) => (JSON.parse(header) as RunHeader).sending);
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
