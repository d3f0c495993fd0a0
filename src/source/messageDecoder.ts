import type { MessageStreamEvent } from '../api/events.js';
import type { BodyDecoder } from './bodyDecoder.js';
import { MessageReader } from './messageReader.js';
import { sseDecoder } from './sseDecoder.js';

/** Decodes a response's bytes to the events of a message. */
export function messageDecoder(emit: (event: MessageStreamEvent) => void, maxBufferSize?: number): BodyDecoder {
  const reader = new MessageReader(emit);
  const decoder = sseDecoder((event) => {
    reader.read(event);
  }, maxBufferSize);
  return Object.assign(reader, decoder);
}
