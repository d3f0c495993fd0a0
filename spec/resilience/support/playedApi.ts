import type { ContentBlock, MessageStreamEvent } from 'rxjs-anthropic';
import { buildMessage, textBlock, thinkingBlock } from 'rxjs-anthropic/testing';
import type { Random } from './random.js';
import { textOf, wireOf, type Answer, type Wire } from './streams.js';

/** A request as the API is asked it. */
export interface Asked {
  readonly model: string;
  readonly thinking?: unknown;
  readonly messages: readonly { readonly role: string; readonly content: string | readonly ContentBlock[] }[];
}

/** One request, and what the API has to say to it. */
export interface Attempt {
  readonly kind: 'first' | 'retry' | 'continuation';
  /** Where in the whole text its own begins. White space before that place may come again. */
  readonly from: number;
  readonly wire: Wire;
  readonly inputTokens: number;
}

/** A request that the API answers with a 400. */
export class Refusal extends Error {}

/**
 * Plays the API and the model behind it: gives one answer to one conversation, as often as it is asked for it. A
 * request that ends with a beginning of the answer gets the rest of it, in new blocks from index 0, sometimes after some
 * thinking.
 *
 * Of requests that go on it refuses what the API refuses.
 */
export class PlayedApi {
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

  /** @throws {Refusal} What the API would refuse. */
  take(request: Asked): Attempt {
    const attempt = this.#attempt(request, this.attempts.length);
    this.attempts.push(attempt);
    return attempt;
  }

  #attempt({ model, thinking, messages }: Asked, before: number): Attempt {
    const { message, writing } = this.#answer;
    const inputTokens = inputTokensOf(before);
    const usage = { input_tokens: inputTokens };
    const added = messages.slice(this.#turns);
    if (added.length === 0) {
      return { kind: before === 0 ? 'first' : 'retry', from: 0, wire: wholeWireOf(this.#answer, before), inputTokens };
    }

    const [assistant, user] = added;
    const isPrefill = user === undefined;
    if (assistant?.role !== 'assistant' || typeof assistant.content === 'string' || added.length > 2) {
      throw new Refusal('no turn of the model, and at most one of the user');
    }
    refuseContent(assistant.content);
    if (isPrefill && !model.includes('4-5')) throw new Refusal('prefill is not supported');
    if (isPrefill && thinking !== undefined) throw new Refusal('prefill does not go with thinking');
    if (!isPrefill && user.role !== 'user') throw new Refusal('a user must ask to go on');

    const shown = textOf(assistant.content);
    if (isPrefill && shown !== shown.trimEnd()) throw new Refusal('prefill ends in white space');
    const from = this.#whereGoesOn(shown, isPrefill);
    const rest = restOf(message.content, from);
    const mused = !isPrefill && this.#random.chance(0.25) ? [thinkingBlock('Where was I?')] : [];
    const content = [...mused, ...rest];
    const wire = wireOf(buildMessage({ content, id: `msg_${before}`, stop_reason: message.stop_reason, usage }), {
      ...writing,
      deltaLength: textOf(rest).length < 80 ? this.#random.pick([1, 3, 8]) : this.#random.pick([9, 24, 60]),
    });
    return { kind: 'continuation', from, wire, inputTokens };
  }

  /**
   * A model that goes on with its own words (prefill) begins with the white space that was taken from them. One that is
   * asked to go on sometimes writes the white space again. Where it was cut in the middle of white
   * space it does: without, nobody could know what it means.
   */
  #whereGoesOn(shown: string, isPrefill: boolean): number {
    const { message, text } = this.#answer;
    const written = shown.trimEnd();
    let from = 0;
    for (const character of written.replace(/\s+/g, '')) {
      while (/\s/.test(text.charAt(from))) from += 1;
      if (!text.startsWith(character, from)) throw new Refusal(`never said ${JSON.stringify(shown)}`);
      from += character.length;
    }
    if (isPrefill) return from;
    const space = shown.slice(written.length);
    const goesOn = text.startsWith(space, from) ? from + space.length : from;
    const [next] = restOf(message.content, goesOn);
    const isAmbiguous = space !== '' && next?.type === 'text' && /^\s/.test(next.text);
    return isAmbiguous || this.#random.chance(0.5) ? from : goesOn;
  }
}

const wholeWires = new Map<Answer, Wire[]>();

/** What is sent for the whole answer, after so many requests. It is written once. */
export function wholeWireOf(answer: Answer, before = 0): Wire {
  const known = wholeWires.get(answer) ?? [];
  wholeWires.set(answer, known);
  const { message, writing } = answer;
  const usage = { ...message.usage, input_tokens: inputTokensOf(before) };
  return (known[before] ??= wireOf({ ...message, id: `msg_${before}`, usage }, writing));
}

/** Each request costs something else, so that a sum tells of which requests it is. */
function inputTokensOf(before: number): number {
  return 100 + 2 ** before;
}

function refuseContent(content: readonly ContentBlock[]): void {
  if (content.length === 0) throw new Refusal('no content');
  const answered = new Set(content.map((block) => ('tool_use_id' in block ? block.tool_use_id : undefined)));
  for (const block of content) {
    if (block.type === 'text' && block.text.trim() === '') throw new Refusal('text must not be empty');
    if (block.type === 'thinking' && block.signature === '') throw new Refusal('thinking must be signed');
    if (block.type === 'tool_use') throw new Refusal('tool_use without tool_result');
    if (block.type === 'server_tool_use' && !answered.has(block.id))
      throw new Refusal('server_tool_use without result');
    if (block.type === 'text' && /[\uD800-\uDBFF](?![\uDC00-\uDFFF])/.test(block.text)) {
      throw new Refusal('text must be valid Unicode');
    }
  }
  if (content.at(-1)?.type === 'thinking') throw new Refusal('the final block must not be thinking');
}

/** The blocks of a message from a place in its text on. What was behind that place comes again. */
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

/** The events whose data is whole within so many bytes. */
export function arrivedOf({ events, ends }: Wire, bytes: number): readonly MessageStreamEvent[] {
  return events.slice(0, ends.filter((end) => end <= bytes).length);
}
