import type { ContentBlockDelta } from '../events.js';
import type { ContentBlock } from '../message.js';
import { JsonParser, JsonTextError } from './incrementalJson.js';
import { jsonOf } from './jsonOf.js';
import { defineField } from './overwrite.js';
import { remembering, type ToolInputStatus } from './toolInputStatus.js';

/**
 * Grows one content block from its deltas.
 *
 * `block` is a value that never changes; it is a new one exactly when something has changed since it was last read. A
 * delta costs the same however long the block is: text grows as a rope, JSON is parsed as it comes, and nothing is
 * copied until `block` is read.
 */
export class BlockAccumulator {
  #block: ContentBlock;
  /** The fields that have changed since `#block` was made. */
  #changes: Record<string, unknown> | undefined;
  /** The field that most deltas append to. */
  readonly #growing: 'text' | 'thinking' | undefined;
  /** What it has grown to since `#block` was made. */
  #grown: string | undefined;
  /** The list in `#changes` that citations are added to, until the block is read. */
  #citations: unknown[] | undefined;
  #json: JsonParser | undefined;
  /** How the input stands; undefined for a block that has none, or came whole. */
  #state: ToolInputStatus['state'] | undefined;

  /** @param whole - Whether the block is finished: it came with `message_start`. Default false. */
  constructor(block: ContentBlock, whole = false) {
    this.#block = block;
    this.#growing = block.type === 'text' || block.type === 'thinking' ? block.type : undefined; // named for the type
    if (!whole && 'input' in block) this.#decide('partial');
  }

  /**
   * Adds a delta: text is appended, a citation joins the list, a signature or a compaction takes the place of the one
   * before, a JSON fragment goes on in the input. A delta of an unknown type is kept in the same way: its strings are
   * appended to the block's field of the same name, lists joined, anything else is put in; but the `text` of text and
   * the `thinking` of thinking stay text.
   */
  add(delta: ContentBlockDelta): void {
    switch (delta.type) {
      case 'text_delta':
        this.#append('text', delta.text);
        break;
      case 'thinking_delta':
        this.#append('thinking', delta.thinking);
        break;
      case 'input_json_delta':
        if (delta.partial_json === '') break;
        if (this.#state === undefined) this.#decide('partial');
        this.#json ??= new JsonParser();
        this.#json.push(delta.partial_json);
        break;
      case 'citations_delta':
        this.#ownCitations().push(delta.citation);
        break;
      case 'signature_delta':
        this.#replace('signature', delta.signature);
        break;
      default:
        this.#addFields(delta);
    }
  }

  /** Ends the block: its input is whole, if it ever will be. */
  stop(): void {
    if (this.#endInput() === 'complete') this.#decide('complete');
  }

  /** Decides what an input is that is not whole, by why the model stopped. */
  settle(stopReason: string): void {
    const state = this.#endInput();
    const cut = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
    if (state !== undefined) this.#decide(state === 'complete' || (state === 'truncated' && cut) ? state : 'invalid');
  }

  get block(): ContentBlock {
    const input = this.#json?.value;
    if (input !== undefined && !(isEmptyObject(input) && isEmptyObject(this.#field('input')))) {
      this.#replace('input', input);
    }
    if (this.#grown !== undefined) {
      this.#block = withText(this.#block, this.#grown);
      this.#grown = undefined;
    }
    if (this.#changes !== undefined) {
      const block = { ...this.#block, ...this.#changes };
      this.#block = this.#state === undefined ? block : copyInto(remembering(this.#status(this.#state)), block);
      this.#changes = undefined;
    }
    return this.#block;
  }

  /** Ends the JSON text. Returns how it stands by itself; undefined if there is nothing left to decide. */
  #endInput(): JsonParser['state'] | undefined {
    this.#json?.end();
    if (this.#state !== 'partial') return undefined;
    return this.#json?.state ?? 'complete'; // a call without arguments has no text, and its input is whole
  }

  /** A decision makes a new block, so that the ones that were emitted keep the status they had. */
  #decide(state: ToolInputStatus['state']): void {
    this.#state = state;
    this.#changes ??= {};
  }

  #status(state: ToolInputStatus['state']): ToolInputStatus {
    const raw = this.#json?.text ?? '';
    if (state === 'complete' && raw === '') return { raw: jsonOf(this.#field('input')) ?? '', state };
    if (state !== 'invalid') return { raw, state };
    const end = new JsonTextError('end of text', raw.length, 'more of the value', raw.slice(-32));
    return { raw, state, error: this.#json?.error ?? end };
  }

  #ownCitations(): unknown[] {
    if (this.#citations === undefined || this.#changes?.['citations'] !== this.#citations) {
      this.#citations = listOf(this.#field('citations'));
      this.#put('citations', this.#citations);
    }
    return this.#citations;
  }

  #addFields(delta: ContentBlockDelta): void {
    for (const [name, value] of Object.entries(delta)) {
      if (name === 'type' || (name === this.#block.type && typeof value !== 'string')) continue;
      const joins = delta.type !== 'compaction_delta';
      if (joins && typeof value === 'string') this.#append(name, value);
      else if (joins && Array.isArray(value)) this.#put(name, [...listOf(this.#field(name)), ...listOf(value)]);
      else this.#replace(name, value);
    }
  }

  #append(name: string, text: string): void {
    if (text === '') return;
    const before = this.#field(name);
    const grown = typeof before === 'string' ? before + text : text;
    if (name === this.#growing) this.#grown = grown;
    else this.#put(name, grown);
  }

  #replace(name: string, value: unknown): void {
    if (this.#field(name) !== value) this.#put(name, value);
  }

  #put(name: string, value: unknown): void {
    this.#changes ??= {};
    if (name === '__proto__') defineField(this.#changes, name, value);
    else this.#changes[name] = value;
  }

  #field(name: string): unknown {
    if (name === this.#growing && this.#grown !== undefined) return this.#grown;
    const changes = this.#changes;
    return changes !== undefined && Object.hasOwn(changes, name) ? changes[name] : Reflect.get(this.#block, name);
  }
}

/** Copies fields into an object: as a spread does, but fast for an object with private fields. */
function copyInto<Fields extends object>(target: object, fields: Fields): Fields {
  if (Object.hasOwn(fields, '__proto__')) defineField(target, '__proto__', undefined); // an own field can be assigned
  return Object.assign(target, fields);
}

/** A copy with another text. The fields are written out, since that is what makes the copy fast. */
function withText(block: ContentBlock, text: string): ContentBlock {
  if (block.type === 'text') return { ...block, text };
  return block.type === 'thinking' ? { ...block, thinking: text } : block;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice() : [];
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
