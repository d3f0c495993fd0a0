import type { ContentBlockDelta } from '../api/events.js';
import type { ContentBlock } from '../api/message.js';
import { isTruncating } from '../api/stopReasons.js';
import { createAppender } from '../utils/text.js';
import { IncrementalJsonParser } from '../json/incrementalJsonParser.js';
import { defineField, isSameJson } from '../utils/fields.js';
import { createBlockWithStatus, type ToolInputStatus } from './toolInputStatus.js';

/**
 * Accumulates one content block from its deltas.
 *
 * `block` is immutable. It is a new object exactly when something has changed since it was last read. The cost of a
 * delta does not depend on the length of the block: text is appended as a rope, JSON is parsed incrementally, and
 * nothing is copied until `block` is read.
 */
export class BlockAccumulator {
  /** The block as it was last read. */
  #block: ContentBlock;
  /** The current fields of the block. This object is never emitted, so it can be written to. */
  readonly #fields: ContentBlock & Fields;
  readonly #append = createAppender();
  #isChanged = false;
  /** Whether text of the input has arrived that the block's status does not contain yet. */
  #isStatusOutdated = false;
  /**
   * The list in `#fields` that was created since the block was last read. It is not emitted yet, so it can be written
   * to.
   */
  #ownList: unknown[] | undefined;
  #json: IncrementalJsonParser | undefined;
  /** Whether the parsed input has ever differed from the input that the block started with. */
  #hasInputChanged = false;
  /** The state of the input; undefined if the block has no input, or started complete. */
  #state: ToolInputStatus['state'] | undefined;
  /** Whether the block has an input that may arrive in deltas. */
  readonly #isStreamingCall: boolean;

  /** @param isComplete - Whether the block is complete from the start, like a block in `message_start`. Default false. */
  constructor(block: ContentBlock, isComplete = false) {
    this.#block = block;
    this.#fields = { ...block };
    this.#isStreamingCall = !isComplete && 'input' in block;
    if (this.#isStreamingCall) this.#setState('partial');
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
    const json = this.#json;
    json?.end();
    const isTruncated = isTruncating(stopReason);
    if (json === undefined) {
      if (!this.#isStreamingCall) return;
      // A call without arguments has no text. Neither has the last call of a message truncated before its arguments.
      const lacksArguments = isTruncated && isLast && isSameJson(this.#fields['input'], {});
      this.#setState(lacksArguments ? 'truncated' : undefined);
    } else if (this.#state === 'partial') {
      if (json.isComplete) this.#setState('complete');
      else if (stopReason !== undefined) {
        this.#setState(isTruncated && json.status === 'truncated' ? 'truncated' : 'invalid');
      }
    }
  }

  /**
   * Makes the next `block` a new object if text of the input has arrived without changing the value of the input, so
   * that the status contains all of the text.
   */
  renew(): void {
    this.#isChanged ||= this.#isStatusOutdated;
  }

  /** The parser of the input; undefined before any text of the input has arrived. */
  get json(): IncrementalJsonParser | undefined {
    return this.#json;
  }

  get block(): ContentBlock {
    const input = this.#json?.value;
    this.#hasInputChanged ||= input !== undefined && !isSameJson(this.#fields['input'], input);
    if (this.#hasInputChanged) this.#put('input', input);
    if (this.#isChanged) {
      this.#block = this.#state === undefined ? { ...this.#fields } : this.#copyWithStatus(this.#state);
      this.#isChanged = false;
      this.#isStatusOutdated = false;
      this.#ownList = undefined;
    }
    return this.#block;
  }

  /** A changed state makes a new block, so that the blocks that were emitted keep their status. */
  #setState(state: ToolInputStatus['state'] | undefined): void {
    this.#isChanged ||= state !== this.#state;
    this.#state = state;
  }

  /** Copies the fields to a block with a status. The status is added first, while the object is still empty. */
  #copyWithStatus(state: ToolInputStatus['state']): ContentBlock {
    const raw = this.#json?.text ?? '';
    const block = createBlockWithStatus(
      state === 'invalid' ? { raw, state, error: this.#json?.error } : { raw, state },
    );
    // If the block already has an own `__proto__` field, assigning to it does not set the prototype.
    if (Object.hasOwn(this.#fields, '__proto__')) defineField(block, '__proto__', undefined);
    return Object.assign(block, this.#fields);
  }

  #addJson(fragment: string): void {
    if (fragment === '') return;
    if (this.#state === undefined) this.#setState('partial');
    this.#json ??= new IncrementalJsonParser();
    this.#json.push(fragment);
    this.#isStatusOutdated = true;
  }

  #addFields(delta: Readonly<Record<string, unknown>>): void {
    const isAppended = delta['type'] !== 'compaction_delta';
    for (const name in delta) {
      const value = delta[name];
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
      this.#ownList = Array.isArray(before) ? before.slice() : [];
      this.#put(name, this.#ownList);
    }
    for (const item of items) this.#ownList.push(item);
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
