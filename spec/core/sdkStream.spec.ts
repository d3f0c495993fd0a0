/** What a loop over a raw stream of the official SDK makes of every kind of fault: the complete message, or an error. */
import Anthropic from '@anthropic-ai/sdk';
import { IncompleteMessageError, MessageAccumulator, type Message } from 'rxjs-anthropic/core';
import { completeWireOf } from '../resilience/support/fakeApi.js';
import { FakeRun } from '../resilience/support/fakeRun.js';
import type { Fault } from '../resilience/support/faults.js';
import { fetchFrom } from '../resilience/support/fetchFrom.js';
import { seededRandom } from '../resilience/support/random.js';
import { answers as allAnswers, textOf, type Answer } from '../resilience/support/streams.js';
import { buildMessage } from '../../src/testing/index.js';
import { useServers } from '../source/support/servers.js';

const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user' as const, content: 'Hi' }] };
/** The SDK reads the type of an event from its `event:` line. */
const answers = allAnswers.map((answer) => ({ ...answer, writing: { ...answer.writing, eventLines: true } }));

const { stackTraceLimit } = Error;

beforeAll(() => {
  Error.stackTraceLimit = 0; // hundreds of errors, whose stacks nobody reads
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const serve = useServers();

interface Seen {
  readonly message: Message | undefined;
  readonly last: Message | undefined;
  readonly error: unknown;
}

/** What a program writes. */
async function read(client: Anthropic): Promise<Seen> {
  const answer = new MessageAccumulator();
  try {
    for await (const event of await client.messages.create({ ...params, stream: true })) answer.add(event);
    return { message: answer.end(), last: answer.message, error: undefined };
  } catch (error) {
    return { message: undefined, last: answer.message, error };
  }
}

function* faultsOf(answer: Answer): Generator<Fault> {
  const { starts, bytes } = completeWireOf(answer);
  for (const [before, start] of starts.entries()) {
    const within = Math.floor((start + (starts[before + 1] ?? bytes.length)) / 2);
    yield { type: 'end', at: start };
    yield { type: 'end', at: within };
    yield { type: 'disconnect', at: within };
    yield { type: 'error', before };
  }
}

/** Reads a stream whose request has a fault, with the client of the SDK. */
function readWith(answer: Answer, ...faults: readonly Fault[]): Promise<Seen> {
  const run = new FakeRun(answer, params.messages.length, faults, seededRandom(1));
  return read(new Anthropic({ apiKey: 'test', maxRetries: 0, fetch: fetchFrom(run, () => undefined) }));
}

describe.each(answers.map((answer) => [answer.name, answer] as const))('%s', (_, answer) => {
  it('ends with the complete message', async () => {
    const { message, last, error } = await readWith(answer);

    expect(error).toBeUndefined();
    expect(message?.content).toEqual(answer.message.content);
    expect(message).toBe(last);
  });

  it('ends with an error, and keeps what has arrived, whatever fails', async () => {
    for (const fault of faultsOf(answer)) {
      const { message, last, error } = await readWith(answer, fault);

      expect([fault, message, error]).toEqual([fault, undefined, expect.any(Error)]);
      expect(answer.text.startsWith(textOf(last?.content))).toBe(true);
    }
  });

  it('ends with IncompleteMessageError if the body ends between two events, which the SDK does not notice', async () => {
    const { starts } = completeWireOf(answer);
    for (const at of starts.slice(1)) {
      const { last, error } = await readWith(answer, { type: 'end', at });

      expect(error).toBeInstanceOf(IncompleteMessageError);
      expect(error).toMatchObject({ partial: last });
    }
  });
});

it('a loop that is left aborts the request of the SDK', async () => {
  const server = await serve({
    message: buildMessage({ content: 'x'.repeat(200) }),
    after: { event: 6, then: 'stall' },
  });
  const client = new Anthropic({ apiKey: 'test', maxRetries: 0, baseURL: server.url });
  const answer = new MessageAccumulator();
  for await (const event of await client.messages.create({ ...params, stream: true })) {
    answer.add(event);
    if (event.type === 'content_block_delta') break;
  }

  expect(() => answer.end()).toThrow(IncompleteMessageError);
  const request = await server.request();
  await request.closed;

  expect(request.hungUp).toBe(true);
});
