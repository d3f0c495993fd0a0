import type { ContentBlockDelta } from '../api/events.js';
import type { ContentBlock } from '../api/message.js';
import { isTruncating } from '../api/stopReasons.js';
import { createAppender } from '../utils/text.js';
import { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { defineField, isSameJson } from '../utils/fields.js';
import { createBlockWithStatus, type ToolInputStatus } from './toolInputStatus.js';

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
  readonly #fields: ContentBlock & Fields;
  readonly #append = createAppender();
  #isChanged = false;
  /** Whether text of the input has come since the block was made. */
  #isBehind = false;
  /** The list in `#fields` that was added to since the block was read, so that nobody else has it. */
  #list: unknown[] | undefined;
  #json: IncrementalJsonParser | undefined;
  /** Whether the JSON has shown something else than the input that the block began with. */
  #isInputShown = false;
  /** How the input stands; undefined for a block that has none, or came whole. */
  #state: ToolInputStatus['state'] | undefined;
  /** Whether the block has an input that may come in deltas. */
  readonly #isCall: boolean;

  /** @param whole - Whether the block is finished: it came with `message_start`. Default false. */
  constructor(block: ContentBlock, whole = false) {
    this.#block = block;
    this.#fields = { ...block };
    this.#isCall = !whole && 'input' in block;
    if (this.#isCall) this.#decide('partial');
  }

  /**
   * Adds a delta: text is appended, a citation joins the list, a signature or a compaction takes the place of the one
   * before, a JSON fragment goes on in the input. A delta of an unknown type is kept in the same way: its strings are
   * appended to the block's field of the same name, lists joined, anything else is put in; but the `text` of text and
   * the `thinking` of thinking stay text.
   */
  add(delta: ContentBlockDelta): void {
    const fields = this.#fields;
    // What nearly all deltas are is written out, since that is what makes it fast.
    if (delta.type === 'text_delta' && typeof fields.text === 'string') {
      fields.text = this.#append(fields.text, delta.text);
      this.#isChanged ||= delta.text !== '';
    } else if (delta.type === 'thinking_delta' && typeof fields.thinking === 'string') {
      fields.thinking = this.#append(fields.thinking, delta.thinking);
      this.#isChanged ||= delta.thinking !== '';
    } else if (delta.type === 'input_json_delta') this.#addJson(delta.partial_json);
    else if (delta.type === 'citations_delta') this.#join('citations', [delta.citation]);
    else if (delta.type === 'signature_delta') this.#put('signature', delta.signature);
    else this.#addFields(delta);
  }

  /**
   * Ends the input: it is whole now, or why the model stopped decides what it is.
   *
   * @param stopReason - Undefined when only the block has stopped.
   * @param isLast - Whether no block came after it. Default false.
   */
  end(stopReason?: string, isLast = false): void {
    const json = this.#json;
    json?.end();
    const isCut = isTruncating(stopReason);
    if (json === undefined) {
      // A call without arguments has no text, and its input came whole; unless the model was cut before it wrote any.
      if (this.#isCall)
        this.#decide(isCut && isLast && isSameJson(this.#fields['input'], {}) ? 'truncated' : undefined);
    } else if (this.#state === 'partial') {
      if (json.isComplete) this.#decide('complete');
      else if (stopReason !== undefined) this.#decide(isCut && json.status === 'truncated' ? 'truncated' : 'invalid');
    }
  }

  /** Makes `block` a new one where its input has text that has shown nothing yet, so that its status says all of it. */
  renew(): void {
    this.#isChanged ||= this.#isBehind;
  }

  /** What reads the input; undefined before any of it has come as text. */
  get json(): IncrementalJsonParser | undefined {
    return this.#json;
  }

  get block(): ContentBlock {
    const input = this.#json?.value;
    this.#isInputShown ||= input !== undefined && !isSameJson(this.#fields['input'], input);
    if (this.#isInputShown) this.#put('input', input);
    if (this.#isChanged) {
      this.#block = this.#state === undefined ? { ...this.#fields } : this.#copyWith(this.#state);
      this.#isChanged = false;
      this.#isBehind = false;
      this.#list = undefined;
    }
    return this.#block;
  }

  /** A decision makes a new block, so that the ones that were emitted keep the status they had. */
  #decide(state: ToolInputStatus['state'] | undefined): void {
    this.#isChanged ||= state !== this.#state;
    this.#state = state;
  }

  /** A copy that remembers how the input stands. It is marked while it is empty, since that is what makes it fast. */
  #copyWith(state: ToolInputStatus['state']): ContentBlock {
    const raw = this.#json?.text ?? '';
    const block = createBlockWithStatus(
      state === 'invalid' ? { raw, state, error: this.#json?.error } : { raw, state },
    );
    if (Object.hasOwn(this.#fields, '__proto__')) defineField(block, '__proto__', undefined); // then it can be assigned
    return Object.assign(block, this.#fields);
  }

  #addJson(fragment: string): void {
    if (fragment === '') return;
    if (this.#state === undefined) this.#decide('partial');
    this.#json ??= new IncrementalJsonParser();
    this.#json.push(fragment);
    this.#isBehind = true;
  }

  #addFields(delta: Readonly<Record<string, unknown>>): void {
    const joins = delta['type'] !== 'compaction_delta';
    for (const name in delta) {
      const value = delta[name];
      const before = this.#fields[name];
      const isText = typeof value === 'string';
      if (name === 'type' || (name === this.#fields.type && !isText)) continue;
      if (joins && Array.isArray(value)) this.#join(name, value);
      else if (joins && isText && typeof before === 'string') this.#put(name, before + value);
      else if (!joins || value !== '') this.#put(name, value);
    }
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

/** The fields of a block that grows, those first that most deltas append to. */
interface Fields {
  text?: unknown;
  thinking?: unknown;
  [name: string]: unknown;
}
