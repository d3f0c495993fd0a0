import type { ContentBlockDelta } from '../api/events.js';
import { isToolCall } from '../api/blocks.js';
import type { ContentBlock } from '../api/message.js';
import { createAppender } from '../utils/text.js';
import type { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { fillWithLazyField, isLazy } from '../json/lazyValue.js';
import { defineField } from '../utils/fields.js';
import { deepFrozenCopy, frozenCopy } from '../utils/freeze.js';
import { StreamedInput } from './streamedInput.js';
import { createBlockWithStatus } from './toolInputStatus.js';

/**
 * Accumulates one content block from its deltas.
 *
 * `block` is frozen at any depth. It is a new object whenever something has changed since it was last read. The cost
 * of a delta does not depend on the length of the block: text is appended as a rope, JSON is parsed incrementally, and
 * nothing is copied until `block` is read.
 */
export class BlockAccumulator {
  /** The block as it was last read. */
  #block: ContentBlock;
  /** The current fields of the block. This object is never emitted, so it can be written to. */
  readonly #fields: ContentBlock & Fields;
  readonly #append = createAppender();
  /** Whether a field, or the state of the input, has changed since the block was last read. */
  #isChanged = false;
  /**
   * Whether text of the input has arrived since the block was last read. On its own, such text does not make a new
   * block: `{"a":` and `{"a":  ` have the same value. The status of the old block lacks it, see `renew`.
   */
  #hasNewInputText = false;
  /**
   * The list in `#fields` that was created since the block was last read. It is not emitted yet, so it can be written
   * to.
   */
  #ownList: unknown[] | undefined;
  readonly #input: StreamedInput;

  /**
   * @param input - Whether the input of a tool call streams, or is complete from the start, as in `message_start`.
   * `ignored` leaves the input unchanged, and without a status. Default `streams`.
   */
  constructor(block: ContentBlock, input: 'streams' | 'complete' | 'ignored' = 'streams') {
    this.#block = deepFrozenCopy(block);
    this.#fields = { ...this.#block };
    const isCall = input !== 'ignored' && (isToolCall(block) || 'input' in block);
    this.#input = new StreamedInput(isCall ? (input === 'complete' ? 'complete' : 'partial') : undefined);
    // A gateway may leave out the input of a call without arguments.
    if (isCall && isToolCall(block) && block.input == null) this.#put('input', Object.freeze({}));
    this.#isChanged = isCall; // so that the first block that is read has a status
  }

  /**
   * Adds a delta. Appends text, adds a citation to the list, replaces a signature or compaction, and continues the JSON
   * of the input. A delta of an unknown type is preserved by the same rules: a string is appended to the block's field
   * of the same name, the items of a list are added to it, and any other value replaces the field. However, the `text`
   * of a text block and the `thinking` of a thinking block remain strings.
   */
  add(delta: ContentBlockDelta): void {
    const fields = this.#fields;
    // Nearly all deltas are text or thinking, so these are assigned directly, without the computed name in `#put`.
    if (delta.type === 'text_delta' && typeof fields.text === 'string') {
      fields.text = this.#append(fields.text, delta.text);
      this.#isChanged ||= delta.text !== '';
    } else if (delta.type === 'thinking_delta' && typeof fields.thinking === 'string') {
      fields.thinking = this.#append(fields.thinking, delta.thinking);
      this.#isChanged ||= delta.thinking !== '';
    } else if (delta.type === 'input_json_delta') this.#addJson(delta.partial_json);
    else if (delta.type === 'citations_delta') this.#appendItems('citations', [delta.citation]);
    else if (delta.type === 'signature_delta') this.#put('signature', delta.signature);
    else this.#addFields(delta);
  }

  /**
   * Ends the input. If its JSON is incomplete or invalid, the state remains `partial` until there is a stop reason.
   *
   * @param stopReason - Undefined if only the block has stopped.
   * @param isLast - Whether the block is the last one of the message. Default false.
   */
  end(stopReason?: string, isLast = false): void {
    const { state } = this.#input;
    this.#input.end(this.#fields['input'], stopReason, isLast);
    this.#isChanged ||= state !== this.#input.state;
  }

  /**
   * Makes the next `block` a new object if text of the input has arrived without changing the value of the input, so
   * that the status contains all of the text.
   */
  renew(): void {
    this.#isChanged ||= this.#hasNewInputText;
  }

  /** The parser of the input; undefined before any text of the input has arrived. */
  get json(): IncrementalJsonParser | undefined {
    return this.#input.json;
  }

  get block(): ContentBlock {
    const input = this.#input.replacementFor(this.#fields['input']);
    if (input !== undefined) this.#put('input', input);
    if (this.#isChanged) {
      if (this.#ownList !== undefined) Object.freeze(this.#ownList);
      this.#block = this.#copyFields();
      this.#isChanged = false;
      this.#hasNewInputText = false;
      this.#ownList = undefined;
    }
    return this.#block;
  }

  /**
   * Copies the fields to a new, frozen block, with the status of its input if there is one. The status is added first,
   * while the object is still empty.
   */
  #copyFields(): ContentBlock {
    const status = this.#input.statusFor(this.#fields['input']);
    if (status === undefined) return frozenCopy(this.#fields);
    const block = createBlockWithStatus(Object.freeze(status));
    if (isLazy(this.#fields['input'])) return fillWithLazyField(block, this.#fields, 'input') as ContentBlock;
    // If the block already has an own `__proto__` field, assigning to it does not set the prototype.
    if (Object.hasOwn(this.#fields, '__proto__')) defineField(block, '__proto__', undefined);
    return Object.freeze(Object.assign(block, this.#fields));
  }

  #addJson(fragment: string): void {
    if (fragment === '') return;
    this.#isChanged ||= this.#input.state === undefined; // the block gets a status
    this.#input.add(fragment);
    this.#hasNewInputText = true;
  }

  #addFields(delta: Readonly<Record<string, unknown>>): void {
    const isAppended = delta['type'] !== 'compaction_delta';
    for (const name in delta) {
      const value = deepFrozenCopy(delta[name]);
      const before = this.#fields[name];
      const isText = typeof value === 'string';
      if (NOT_IN_BLOCKS.has(name) || (name === this.#fields.type && !isText)) continue;
      if (isAppended && Array.isArray(value)) this.#appendItems(name, value);
      else if (isAppended && isText && typeof before === 'string') this.#put(name, before + value);
      else if (!isAppended || value !== '') this.#put(name, value);
    }
  }

  #appendItems(name: string, items: readonly unknown[]): void {
    const before = this.#fields[name];
    if (this.#ownList === undefined || before !== this.#ownList) {
      // Spread, because Node 20 takes about 50 times as long to `slice` a frozen array.
      this.#ownList = Array.isArray(before) ? [...(before as unknown[])] : [];
      this.#put(name, this.#ownList);
    }
    for (const item of items) this.#ownList.push(deepFrozenCopy(item));
  }

  #put(name: string, value: unknown): void {
    if (this.#fields[name] === value) return;
    this.#isChanged = true;
    if (name === '__proto__') defineField(this.#fields, name, value);
    else this.#fields[name] = value;
  }
}

/** The fields of deltas that describe the delta itself, and that the API would reject in a block. */
const NOT_IN_BLOCKS: ReadonlySet<string> = new Set(['type', 'estimated_tokens']);

/** The fields of a block. Most deltas append to the named ones. */
interface Fields {
  text?: unknown;
  thinking?: unknown;
  [name: string]: unknown;
}
