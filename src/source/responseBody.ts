import { AnthropicError, InvalidEventError } from '../errors/classes.js';

export type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/** How much of a body is kept, in UTF-16 code units, and bytes of a chunk. */
const KEPT = 65_536;

/** What an error quotes of a body, with one UTF-16 code unit more, to see that there is more. */
const QUOTED = 201;

/** Reads the body; undefined where an error status has none, since the status then says it all. */
export function readerOf(response: Response): BodyReader | undefined {
  const { body }: { readonly body?: Partial<ReadableStream<Uint8Array>> | null } = response; // React Native leaves it out
  if (response.bodyUsed || body?.locked === true) {
    throw new AnthropicError('The response was read before. Pass a function that makes a new one.');
  }
  const reader = body?.getReader?.();
  if (reader === undefined && response.ok) {
    throw new AnthropicError('The response has no body stream. In React Native, use expo/fetch.');
  }
  return reader;
}

/** Keeps the beginning of a body, which is or may be no stream of events. */
export class BodyText {
  readonly #decoder = new TextDecoder();
  text = '';

  add(bytes: Uint8Array): void {
    if (this.text.length < KEPT) this.text += this.#decoder.decode(bytes.subarray(0, KEPT), { stream: true });
  }

  /**
   * Takes it that no event came.
   *
   * @throws {InvalidEventError} If there is text, and no line of it could be one of a stream of events, whole or cut.
   */
  check(): void {
    const text = this.text.slice(0, QUOTED);
    const isCutField = '|data|event|id|retry'.includes(`|${text}`);
    if (/\S/.test(text) && !isCutField && !/^(data|event|id|retry)?:/m.test(text)) {
      throw notAnEventStream('and does not say what it is', text);
    }
  }
}

/** The beginning of a body that is no stream of events: at most 64 KiB, or what came before the connection was lost. */
export async function readText(reader: BodyReader | undefined): Promise<string> {
  const body = new BodyText();
  try {
    while (body.text.length < KEPT) {
      const result = await reader?.read();
      if (result?.done !== false) break;
      body.add(result.value);
    }
  } catch {
    // the error that is being made says more than that its text broke off
  }
  return body.text;
}

/** The error for a body that is something else: `what` goes on the sentence. */
export function notAnEventStream(what: string, text: string): InvalidEventError {
  return new InvalidEventError(`The response is not text/event-stream ${what}. Check the network and the baseURL.`, {
    position: 0,
    data: text,
  });
}
