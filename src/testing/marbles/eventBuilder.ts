import type { AnyEvent, ContentBlockDelta, MessageStreamEvent } from '../../api/events.js';
import type { ContentBlock, StopReason } from '../../api/message.js';
import { buildMessage, textBlock, thinkingBlock, toolUseBlock } from '../buildMessage.js';
import { eventsOf } from '../eventsOf.js';
import { isEventDefinition, type MarbleDefinition } from './definitions.js';

/** The symbols of the events that surround the content. */
export const STRUCTURE = ['<', '[', ']', '$', '>', '.'] as const;

/** Creates the events of a diagram, in order. Counts messages and blocks, so that no symbol has to. */
export class EventBuilder {
  #messages = 0;
  #index = -1;
  #block: ContentBlock = textBlock('');
  #isInBlock = false;
  #length = 0;

  /**
   * Returns the event of a symbol.
   *
   * @param content - The definitions of the content up to the next `]`, which decide what kind of block a `[` starts.
   */
  build(symbol: string, definition: MarbleDefinition | undefined, content: readonly MarbleDefinition[]): AnyEvent {
    if (isEventDefinition(definition)) return definition;
    switch (symbol) {
      case '<':
        return this.#startMessage();
      case '[':
        return this.#startBlock(content);
      case ']':
        this.#isInBlock = false;
        return { type: 'content_block_stop', index: this.#index } as MessageStreamEvent;
      case '$':
        return this.#messageDelta(definition);
      case '>':
        return { type: 'message_stop' };
      case '.':
        return { type: 'ping' };
      default:
        return this.#delta(definition ?? symbol);
    }
  }

  #startMessage(): AnyEvent {
    this.#messages += 1;
    this.#index = -1;
    this.#length = 0;
    const id = `msg_${String(this.#messages).padStart(4, '0')}`;
    const [start = { type: 'message_start' }] = eventsOf(buildMessage({ id }), { cutAt: 1 });
    return start;
  }

  #startBlock(content: readonly MarbleDefinition[]): AnyEvent {
    this.#index += 1;
    this.#isInBlock = true;
    this.#block = blockFor(content, this.#index);
    return { type: 'content_block_start', index: this.#index, content_block: this.#block } as MessageStreamEvent;
  }

  #delta(definition: Exclude<MarbleDefinition, AnyEvent>): MessageStreamEvent {
    const delta = deltaOf(definition);
    if (!this.#isInBlock) throw new TypeError("it is outside of a block: put it between '[' and ']'");
    this.#length += JSON.stringify(delta).length;
    return { type: 'content_block_delta', index: this.#index, delta };
  }

  #messageDelta(definition: MarbleDefinition | undefined): MessageStreamEvent {
    const byDefault = this.#block.type === 'tool_use' ? 'tool_use' : 'end_turn';
    const stop_reason = typeof definition === 'string' ? (definition as StopReason) : byDefault;
    return {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: Math.ceil(this.#length / 4) },
    };
  }
}

function blockFor(content: readonly MarbleDefinition[], index: number): ContentBlock {
  const [first] = content;
  if (typeof first !== 'object') return textBlock('');
  if ('thinking' in first || 'signature' in first) return thinkingBlock('', { signature: '' });
  if (!('json' in first)) return textBlock('');
  const { tool = 'tool', id = `toolu_${String(index + 1).padStart(4, '0')}` } = first;
  return toolUseBlock(tool, {}, { id });
}

function deltaOf(definition: MarbleDefinition): ContentBlockDelta {
  if (typeof definition === 'string') return { type: 'text_delta', text: definition };
  if ('thinking' in definition) return { type: 'thinking_delta', thinking: definition.thinking };
  if ('signature' in definition) return { type: 'signature_delta', signature: definition.signature };
  if ('json' in definition) return { type: 'input_json_delta', partial_json: definition.json };
  throw new TypeError('it is neither a text nor an event, and has no thinking, signature or json');
}
