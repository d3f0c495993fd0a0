import type { ContentBlockDelta } from '../events.js';
import type { ContentBlock } from '../message.js';
import { JsonParser, JsonTextError } from './incrementalJson.js';
import { jsonOf } from './jsonOf.js';
import { defineField, isSame } from './overwrite.js';
import { remembering, type ToolInputStatus } from './toolInputStatus.js';

/**
 * Grows one content block from its deltas.
 *
 * `block` is a value that never changes; it is a new one exactly when something has changed since it was last read. A
 * delta costs the same however long the block is: text grows as a rope, JSON is parsed as it comes, and nothing is
 * copied until `block` is read.
 */
export class BlockAccumulator {
  /** The block when it was last read. */
  #block: ContentBlock;
  /** The block as it is now: an object of its own, that is written to. */
  readonly #fields: ContentBlock & Record<string, unknown>;
  #isChanged = false;
  /** The list in `#fields` that was added to since the block was read, so that nobody else has it. */
  #list: unknown[] | undefined;
  #json: JsonParser | undefined;
  /** Whether the JSON has shown something else than the input that the block began with. */
  #isInputShown = false;
  /** How the input stands; undefined for a block that has none, or came whole. */
  #state: ToolInputStatus['state'] | undefined;

  /** @param whole - Whether the block is finished: it came with `message_start`. Default false. */
  constructor(block: ContentBlock, whole = false) {
    this.#block = block;
    this.#fields = { ...block };
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
        this.#join('citations', [delta.citation]);
        break;
      default:
        this.#addFields(delta);
    }
  }

  /**
   * Ends the input: it is whole now, or why the model stopped decides what it is.
   *
   * @param stopReason - Undefined when only the block has stopped.
   */
  end(stopReason?: string): void {
    this.#json?.end();
    const state = this.#json?.state ?? 'complete'; // a call without arguments has no text, and its input is whole
    if (this.#state !== 'partial') return;
    if (state === 'complete') this.#decide(state);
    else if (stopReason !== undefined) this.#decide(CUTS.has(stopReason) ? state : 'invalid');
  }

  get block(): ContentBlock {
    const input = this.#json?.value;
    this.#isInputShown ||= input !== undefined && !isSame(this.#fields['input'], input);
    if (this.#isInputShown) this.#put('input', input);
    if (this.#isChanged) {
      this.#block = this.#state === undefined ? { ...this.#fields } : this.#copyWith(this.#status(this.#state));
      this.#isChanged = false;
      this.#list = undefined;
    }
    return this.#block;
  }

  /** A decision makes a new block, so that the ones that were emitted keep the status they had. */
  #decide(state: ToolInputStatus['state']): void {
    this.#state = state;
    this.#isChanged = true;
  }

  /** A copy that remembers how the input stands. It is marked while it is empty, since that is what makes it fast. */
  #copyWith(status: ToolInputStatus): ContentBlock {
    const block = remembering(status);
    if (Object.hasOwn(this.#fields, '__proto__')) defineField(block, '__proto__', undefined); // then it can be assigned
    return Object.assign(block, this.#fields);
  }

  #status(state: ToolInputStatus['state']): ToolInputStatus {
    const raw = this.#json?.text ?? '';
    if (state === 'complete' && raw === '') return { raw: jsonOf(this.#fields['input']) ?? '', state };
    if (state !== 'invalid') return { raw, state };
    const end = new JsonTextError('end of text', raw.length, 'more of the value', raw.slice(-32));
    return { raw, state, error: this.#json?.error ?? end };
  }

  #addFields(delta: ContentBlockDelta): void {
    const joins = delta.type !== 'signature_delta' && delta.type !== 'compaction_delta';
    for (const [name, value] of Object.entries(delta)) {
      if (name === 'type' || (name === this.#fields.type && typeof value !== 'string')) continue;
      if (joins && typeof value === 'string') this.#append(name, value);
      else if (joins && Array.isArray(value)) this.#join(name, value);
      else this.#put(name, value);
    }
  }

  #append(name: string, text: string): void {
    const before = this.#fields[name];
    if (text !== '') this.#put(name, typeof before === 'string' ? before + text : text);
  }

  #join(name: string, items: readonly unknown[]): void {
    const before = this.#fields[name];
    if (this.#list === undefined || before !== this.#list) {
      this.#list = Array.isArray(before) ? before.slice() : [];
      this.#put(name, this.#list);
    }
    for (const item of items) this.#list.push(item);
  }

  #put(name: string, value: unknown): void {
    if (this.#fields[name] === value) return;
    this.#isChanged = true;
    if (name === '__proto__') defineField(this.#fields, name, value);
    else this.#fields[name] = value;
  }
}

/** The reasons of a stop that cuts an input off. */
const CUTS: ReadonlySet<string> = new Set(['max_tokens', 'model_context_window_exceeded']);
