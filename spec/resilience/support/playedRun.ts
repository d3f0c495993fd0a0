import { bytesUntil, type Fault } from './faults.js';
import { arrivedOf, PlayedApi, Refusal, type Asked, type Attempt } from './playedApi.js';
import type { Random } from './random.js';
import { textOfEvents, type Answer } from './streams.js';

/** What has gone out to one request. */
interface Sent {
  readonly attempt: Attempt;
  readonly fault: Fault | undefined;
  /** The answer's whole text up to the last event that was sent whole. */
  readonly text: string;
  /** Whether there was a `message_start`. */
  readonly started: boolean;
}

/** The requests for one answer, each with its fault: those that are given, in their order, and then none. */
export class PlayedRun {
  readonly sent: Sent[] = [];
  /** Why the API refused requests. */
  readonly refusals: string[] = [];
  readonly #answer: Answer;
  readonly #api: PlayedApi;
  readonly #faults: readonly Fault[];

  /** @param turns - How many messages the conversation has before the answer. */
  constructor(answer: Answer, turns: number, faults: readonly Fault[], random: Random) {
    this.#answer = answer;
    this.#api = new PlayedApi(answer, turns, random);
    this.#faults = faults;
  }

  /** What is to be sent to a request; undefined if the API refuses it. */
  take(request: Asked): Sent | undefined {
    try {
      const fault = this.#faults[this.sent.length];
      const attempt = this.#api.take(request);
      const arrived = arrivedOf(attempt.wire, bytesUntil(fault, attempt.wire));
      const text = this.#answer.text.slice(0, attempt.from) + textOfEvents(arrived);
      const sent = { attempt, fault, text, started: arrived.length > 0 };
      this.sent.push(sent);
      return sent;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.refusals.push(refusal.message);
      return undefined;
    }
  }

  /** What the requests were for. */
  get kinds(): Attempt['kind'][] {
    return this.sent.map(({ attempt }) => attempt.kind);
  }

  /** What of the answer's text has arrived at the end: of the last beginning, and all that went on from there. */
  get arrived(): string {
    let arrived = '';
    for (const { attempt, text } of this.sent) {
      if (attempt.kind !== 'continuation' || text.length > arrived.length) arrived = text;
    }
    return arrived;
  }

  /** What all requests have cost, as far as they have said. */
  get inputTokens(): number {
    return this.sent.reduce((sum, { attempt, started }) => sum + (started ? attempt.inputTokens : 0), 0);
  }
}
