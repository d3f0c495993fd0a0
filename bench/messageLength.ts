import { readFloor, type WireEvent } from './loops.js';

/** A block of any client's message. */
interface AnyBlock {
  readonly type: string;
  readonly text?: unknown;
  readonly thinking?: unknown;
  readonly input?: unknown;
}

/** The least that a complete message needs: the text of each block, and the value of a tool's input. */
class Blocks {
  /** The pieces of each text. Joining them once at the end costs less than appending each to a string. */
  readonly #texts: string[][] = [];
  readonly #isJson: boolean[] = [];

  add({ index = 0, delta }: WireEvent): void {
    if (delta === undefined) return;
    const text = delta.text ?? delta.thinking ?? delta.partial_json;
    if (text === undefined) return;
    (this.#texts[index] ??= []).push(text);
    if (delta.partial_json !== undefined) this.#isJson[index] = true;
  }

  length(): number {
    const texts = this.#texts.map((pieces) => pieces.join(''));
    const lengths = texts.map((text, i) => (this.#isJson[i] === true ? sizeOf(JSON.parse(text)) : text.length));
    return lengths.reduce((sum, length) => sum + length, 0);
  }
}

/** The floor of a complete message. */
export async function readBlocks(response: Response, read = readFloor): Promise<number> {
  const blocks = new Blocks();
  await read(response, (event) => {
    blocks.add(event);
  });
  return blocks.length();
}

/** The length of a message's texts, plus the number of items in its tools' inputs. */
export function lengthOf({ content }: { readonly content: readonly AnyBlock[] }): number {
  return content.reduce((sum, block) => sum + (block.type === 'tool_use' ? sizeOf(block.input) : textLength(block)), 0);
}

/** Reads the text of the last block, as a consumer that renders it would. */
export function readLastBlock(content: readonly AnyBlock[]): number {
  const block = content[content.length - 1];
  return block === undefined ? 0 : 1 + textLength(block);
}

function textLength({ text, thinking }: AnyBlock): number {
  if (typeof text === 'string') return text.length;
  return typeof thinking === 'string' ? thinking.length : 0;
}

function sizeOf(input: unknown): number {
  return (input as { readonly items?: readonly unknown[] }).items?.length ?? 0;
}
