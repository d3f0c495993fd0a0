import type { MessageStreamEvent } from '../api/events.js';
import { MessageReader } from '../source/messageReader.js';
import { errorEvent } from './errorEvent.js';
import { isEventDefinition, type MarbleDefinition, type MarbleDefinitions } from './marbles/definitions.js';
import { readDiagram, type Token } from './marbles/diagram.js';
import { EventBuilder, STRUCTURE } from './marbles/eventBuilder.js';

/** The arguments of `cold` and `hot` of RxJS's TestScheduler. */
export interface MarbleEvents {
  /** The diagram for RxJS. It has as many columns as the one that was given. */
  readonly marbles: string;
  /** The event of each symbol in `marbles`. */
  readonly values: Readonly<Record<string, MessageStreamEvent>>;
  /** The error that `#` stands for in `marbles`; undefined if there is none. */
  readonly error: unknown;
}

/**
 * Converts a diagram of a message's stream to marbles and values for RxJS's TestScheduler.
 *
 *     -<-[a--b-]$>|      a = 'Hel'  b = 'lo'
 *      | ||  | |||
 *      | ||  | ||message_stop
 *      | ||  | |message_delta: stop reason and usage
 *      | ||  | content_block_stop
 *      | |deltas
 *      | content_block_start
 *      message_start
 *
 * Each symbol is one event, and takes one column, so diagrams stay aligned. `-`, spaces, `(…)`, `^`, `|` and durations such
 * as ` 300ms ` mean what they mean in RxJS. These symbols have a meaning of their own:
 *
 * | symbol | event |
 * |---|---|
 * | `<` | `message_start` |
 * | `[` | `content_block_start`. The kind of block follows from the content after it; without content, it is text. |
 * | `]` | `content_block_stop` |
 * | `$` | `message_delta`. The stop reason is `end_turn`, or `tool_use` if the last block is a tool call. |
 * | `>` | `message_stop` |
 * | `.` | `ping` |
 * | `#` | The API sends an error event: by default, the stream fails with `OverloadedError`. |
 * | `!` | The stream ends early: it fails with `IncompleteMessageError`. |
 *
 * Any other symbol is content: text, unless it is defined as something else. Blocks and messages are numbered, so the same
 * symbol can be in several of them.
 *
 * The shape and order of the events are validated as a source does it, so a diagram that the API could not have sent throws.
 *
 * @param diagram - The diagram.
 * @param definitions - What the symbols stand for: see `MarbleDefinition`. A symbol without a definition is its own text.
 * @returns The marbles, the values and the error, in the order of the parameters of `cold` and `hot`.
 * @throws {TypeError} If the diagram or a definition is not valid. The message has the symbol, its position and the reason.
 * @example
 * import { TestScheduler } from 'rxjs/testing';
 *
 * new TestScheduler(expectFrames).run(({ cold, expectObservable }) => {
 *   const { marbles, values, error } = marbleEvents('-<-[a--b-]$>|', { a: 'Hel', b: 'lo' });
 *   const text$ = cold(marbles, values, error).pipe(textDeltas());
 *   expectObservable(text$).toBe('               ----a--b----|', { a: 'Hel', b: 'lo' });
 * });
 */
export function marbleEvents(diagram: string, definitions: MarbleDefinitions = {}): MarbleEvents {
  const tokens = readDiagram(diagram);
  const symbols = new SymbolTable(diagram);
  const builder = new EventBuilder();
  const reader = new MessageReader(() => undefined);
  let error: unknown;
  let end: Token | undefined;
  const marbles = tokens.map((token, i) => {
    if (token.kind === 'time') return token.text;
    try {
      if (end !== undefined) throw new TypeError(`the stream has already ended with '${end.text}'`);
      if (token.kind === 'symbol') {
        const event = builder.build(
          token.text,
          definitionOf(definitions, token.text),
          contentAfter(tokens, i, definitions),
        );
        reader.readEvent(event);
        return symbols.symbolFor(token.text, event as MessageStreamEvent);
      }
      end = token;
      if (token.kind === 'complete') expectComplete(reader);
      else error = errorOf(token, definitionOf(definitions, token.text), reader);
      return token.kind === 'complete' ? '|' : '#';
    } catch (cause) {
      throw invalid(diagram, token, cause);
    }
  });
  return { marbles: marbles.join(''), values: symbols.values, error };
}

function definitionOf(definitions: MarbleDefinitions, symbol: string): MarbleDefinition | undefined {
  return Object.hasOwn(definitions, symbol) ? definitions[symbol] : undefined;
}

/** Returns the definitions of the content from a token to the next `]`. */
function contentAfter(tokens: readonly Token[], from: number, definitions: MarbleDefinitions): MarbleDefinition[] {
  const others = tokens.slice(from + 1).filter(({ kind }) => kind === 'symbol');
  const end = others.findIndex(({ text }) => text === ']');
  return others
    .slice(0, end === -1 ? undefined : end)
    .map(({ text }) => definitionOf(definitions, text) ?? text)
    .filter((definition) => !isEventDefinition(definition) && !STRUCTURE.some((symbol) => symbol === definition));
}

function expectComplete(reader: MessageReader): void {
  try {
    reader.expectComplete();
  } catch (cause) {
    throw new TypeError(`the message is incomplete: end it with '$>', or use '!'`, { cause });
  }
}

/** Returns the error of a stream that ends early: the one that a source would have. */
function errorOf({ kind, text }: Token, definition: MarbleDefinition | undefined, reader: MessageReader): unknown {
  if (definition instanceof Error) return definition;
  if (definition !== undefined && !isEventDefinition(definition)) {
    throw new TypeError(`it stands for an error, so its definition must be an Error or an event`);
  }
  try {
    if (definition !== undefined || kind === 'error') {
      reader.readEvent(definition ?? errorEvent('overloaded_error', 'Overloaded'));
      throw new TypeError(`the definition of '${text}' is not an error event`);
    }
    reader.expectComplete();
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return error;
  }
  throw new TypeError(`the message is complete: use '|'`);
}

function invalid(diagram: string, { text, position }: Token, cause: unknown): TypeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(`marbleEvents: '${text}' at position ${position} of '${diagram}': ${reason}`, { cause });
}

/** Gives each event a symbol of its own: a symbol in two blocks stands for two events, which differ in their index. */
class SymbolTable {
  readonly values: Record<string, MessageStreamEvent> = {};
  readonly #bySymbolAndJson = new Map<string, string>();
  readonly #free: Generator<string, never>;

  constructor(diagram: string) {
    this.#free = unusedSymbols(diagram);
  }

  symbolFor(symbol: string, event: MessageStreamEvent): string {
    const key = symbol + JSON.stringify(event);
    const known = this.#bySymbolAndJson.get(key);
    if (known !== undefined) return known;
    const own = Object.hasOwn(this.values, symbol) ? this.#free.next().value : symbol;
    this.#bySymbolAndJson.set(key, own);
    this.values[own] = event;
    return own;
  }
}

/** Yields letters that the diagram does not use, then circled numbers and what follows them in Unicode. */
function* unusedSymbols(diagram: string): Generator<string, never> {
  for (const letter of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')
    if (!diagram.includes(letter)) yield letter;
  for (let code = 0x2460; ; code += 1) yield String.fromCodePoint(code);
}
