import { bytesUntil, type Fault } from './faults.js';
import { arrivedOf, FakeApi, Refusal, type ApiRequest, type Attempt } from './fakeApi.js';
import type { Random } from './random.js';
import { textOfEvents, type Answer } from './streams.js';

/** The response to one request. */
interface Sent {
  readonly attempt: Attempt;
  readonly fault: Fault | undefined;
  /** The answer's text from its beginning to the last event that was sent completely. */
  readonly text: string;
  /** Whether a `message_start` was sent. */
  readonly isStarted: boolean;
}

/** All requests for one answer. The given faults happen to the first of them, in order; the others have none. */
export class FakeRun {
  readonly sent: Sent[] = [];
  /** The reasons why the API refused requests. */
  readonly refusals: string[] = [];
  readonly #answer: Answer;
  readonly #api: FakeApi;
  readonly #faults: readonly Fault[];

  /** @param turns - How many messages the conversation has before the answer. */
  constructor(answer: Answer, turns: number, faults: readonly Fault[], random: Random) {
    this.#answer = answer;
    this.#api = new FakeApi(answer, turns, random);
    this.#faults = faults;
  }

  /** Returns the response to a request, or undefined if the API refuses it. */
  take(request: ApiRequest): Sent | undefined {
    try {
      const fault = this.#faults[this.sent.length];
      const attempt = this.#api.take(request);
      const arrived = arrivedOf(attempt.wire, bytesUntil(fault, attempt.wire));
      const text = this.#answer.text.slice(0, attempt.from) + textOfEvents(arrived);
      const sent = { attempt, fault, text, isStarted: arrived.length > 0 };
      this.sent.push(sent);
      return sent;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.refusals.push(refusal.message);
      return undefined;
    }
  }

  /** The kinds of the requests so far. */
  get kinds(): Attempt['kind'][] {
    return this.sent.map(({ attempt }) => attempt.kind);
  }

  /** The text that has arrived in the end: that of the last start, and of its continuations. */
  get arrived(): string {
    let arrived = '';
    for (const { attempt, text } of this.sent) {
      if (attempt.kind !== 'continuation' || text.length > arrived.length) arrived = text;
    }
    return arrived;
  }

  /** The input tokens of all requests that have reported them. */
  get inputTokens(): number {
    return this.sent.reduce((sum, { attempt, isStarted }) => sum + (isStarted ? attempt.inputTokens : 0), 0);
  }
}
