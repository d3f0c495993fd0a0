import type { ContentBlock, MessageStreamEvent } from 'rxjs-anthropic';
import { buildMessage, textBlock, thinkingBlock } from 'rxjs-anthropic/testing';
import type { Random } from './random.js';
import { textOf, wireOf, type Answer, type Wire } from './streams.js';

/** The fields of a request that the fake API reads. */
export interface ApiRequest {
  readonly model: string;
  readonly thinking?: unknown;
  readonly messages: readonly { readonly role: string; readonly content: string | readonly ContentBlock[] }[];
}

/** One request, and the API's response to it. */
export interface Attempt {
  readonly kind: 'first' | 'retry' | 'continuation';
  /** The offset in the answer's text at which its text begins. White space before that offset may be repeated. */
  readonly from: number;
  readonly wire: Wire;
  readonly inputTokens: number;
}

/** The reason why the API responds with a 400. */
export class Refusal extends Error {}

/**
 * Plays the API and its model. It gives one answer to one conversation, however often it is requested. A request that ends
 * with a beginning of the answer gets the rest of it, in new blocks from index 0, sometimes after some thinking. The fake
 * refuses continuations that the API refuses.
 */
export class FakeApi {
  readonly attempts: Attempt[] = [];
  readonly #answer: Answer;
  readonly #turns: number;
  readonly #random: Random;

  /** @param turns - How many messages the conversation has before the answer. */
  constructor(answer: Answer, turns: number, random: Random) {
    this.#answer = answer;
    this.#turns = turns;
    this.#random = random;
  }

  /** @throws {Refusal} If the API would refuse the request. */
  take(request: ApiRequest): Attempt {
    const attempt = this.#attempt(request, this.attempts.length);
    this.attempts.push(attempt);
    return attempt;
  }

  #attempt({ model, thinking, messages }: ApiRequest, before: number): Attempt {
    const { message, writing } = this.#answer;
    const inputTokens = inputTokensOf(before);
    const usage = { input_tokens: inputTokens };
    const added = messages.slice(this.#turns);
    if (added.length === 0) {
      return {
        kind: before === 0 ? 'first' : 'retry',
        from: 0,
        wire: completeWireOf(this.#answer, before),
        inputTokens,
      };
    }

    const [assistant, user] = added;
    const isPrefill = user === undefined;
    if (assistant?.role !== 'assistant' || typeof assistant.content === 'string' || added.length > 2) {
      throw new Refusal('expected one turn of the model, and at most one of the user after it');
    }
    refuseContent(assistant.content);
    if (isPrefill && !model.includes('4-5')) throw new Refusal('prefill is not supported');
    if (isPrefill && thinking !== undefined) throw new Refusal('prefill is not supported with thinking');
    if (!isPrefill && user.role !== 'user') throw new Refusal('the last turn must be of the user');

    const shown = textOf(assistant.content);
    if (isPrefill && shown !== shown.trimEnd()) throw new Refusal('prefill ends in white space');
    const from = this.#continuationStart(shown, isPrefill);
    const rest = restOf(message.content, from);
    const thinkingFirst = !isPrefill && this.#random.chance(0.25) ? [thinkingBlock('Where was I?')] : [];
    const content = [...thinkingFirst, ...rest];
    const wire = wireOf(buildMessage({ content, id: `msg_${before}`, stop_reason: message.stop_reason, usage }), {
      ...writing,
      deltaLength: textOf(rest).length < 80 ? this.#random.pick([1, 3, 8]) : this.#random.pick([9, 24, 60]),
    });
    return { kind: 'continuation', from, wire, inputTokens };
  }

  /**
   * Returns the offset at which the model continues. After a prefill, it begins with the white space that was trimmed from
   * it. When asked to continue, it sometimes repeats the white space. It always does if the text ended within white space,
   * because its continuation would otherwise be ambiguous.
   */
  #continuationStart(shown: string, isPrefill: boolean): number {
    const { message, text } = this.#answer;
    const written = shown.trimEnd();
    let from = 0;
    for (const character of written.replace(/\s+/g, '')) {
      while (/\s/.test(text.charAt(from))) from += 1;
      if (!text.startsWith(character, from)) throw new Refusal(`the model never wrote ${JSON.stringify(shown)}`);
      from += character.length;
    }
    if (isPrefill) return from;
    const space = shown.slice(written.length);
    const afterSpace = text.startsWith(space, from) ? from + space.length : from;
    const [next] = restOf(message.content, afterSpace);
    const isAmbiguous = space !== '' && next?.type === 'text' && /^\s/.test(next.text);
    return isAmbiguous || this.#random.chance(0.5) ? from : afterSpace;
  }
}

const completeWires = new Map<Answer, Wire[]>();

/** The stream of the complete answer, after that number of requests. It is cached. */
export function completeWireOf(answer: Answer, before = 0): Wire {
  const known = completeWires.get(answer) ?? [];
  completeWires.set(answer, known);
  const { message, writing } = answer;
  const usage = { ...message.usage, input_tokens: inputTokensOf(before) };
  return (known[before] ??= wireOf({ ...message, id: `msg_${before}`, usage }, writing));
}

/** Each request has a different cost, so that a sum shows which requests it includes. */
function inputTokensOf(before: number): number {
  return 100 + 2 ** before;
}

function refuseContent(content: readonly ContentBlock[]): void {
  if (content.length === 0) throw new Refusal('no content');
  const answered = new Set(content.map((block) => ('tool_use_id' in block ? block.tool_use_id : undefined)));
  for (const block of content) {
    if (block.type === 'text' && block.text.trim() === '') throw new Refusal('text must not be empty');
    if (block.type === 'thinking' && block.signature === '') throw new Refusal('thinking must be signed');
    if (block.type === 'tool_use') throw new Refusal('tool_use without a tool_result');
    if (block.type === 'server_tool_use' && !answered.has(block.id))
      throw new Refusal('server_tool_use without a result');
    if (block.type === 'text' && /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/.test(block.text)) {
      throw new Refusal('text must be valid Unicode');
    }
  }
  if (content.at(-1)?.type === 'thinking') throw new Refusal('the final block must not be thinking');
}

/** The blocks of a message from an offset in its text on. */
function restOf(content: readonly ContentBlock[], from: number): ContentBlock[] {
  let left = from;
  const rest: ContentBlock[] = [];
  for (const block of content) {
    if (block.type !== 'text') {
      if (left === 0) rest.push(block);
    } else if (left >= block.text.length) {
      left -= block.text.length;
    } else {
      rest.push(left === 0 ? block : textBlock(block.text.slice(left)));
      left = 0;
    }
  }
  return rest;
}

/** The events whose data is complete within that number of bytes. */
export function arrivedOf({ events, ends }: Wire, bytes: number): readonly MessageStreamEvent[] {
  return events.slice(0, ends.filter((end) => end <= bytes).length);
}
