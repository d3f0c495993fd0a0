import type { MessageStreamEvent } from '../events.js';
import type { BodyDecoder } from './bodyDecoder.js';
import { MessageReader } from './messageReader.js';
import { DEFAULT_MAX_BUFFER_SIZE, SseDecoder } from './sseDecoder.js';

/** Decodes a response's bytes to the events of a message. */
export function messageDecoder(
  emit: (event: MessageStreamEvent) => void,
  maxBufferSize = DEFAULT_MAX_BUFFER_SIZE,
): BodyDecoder {
  const reader = new MessageReader(emit);
  const decoder = new SseDecoder((event) => {
    reader.read(event);
  }, maxBufferSize);
  return {
    begin(response) {
      reader.response = response;
    },
    push(bytes) {
      decoder.push(bytes);
    },
    flush() {
      decoder.end();
    },
    check() {
      reader.end();
    },
    get phase() {
      return reader.phase;
    },
    get lastEvent() {
      return reader.lastEvent;
    },
    get contents() {
      return reader.contents;
    },
    get settled() {
      return reader.settled;
    },
  };
}
