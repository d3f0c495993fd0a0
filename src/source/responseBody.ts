import { AnthropicError, InvalidEventError } from '../errors.js';

export type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/** What an error quotes of a body, with one UTF-16 code unit more, to see that there is more. */
const QUOTED = 201;

/** The most bytes that are looked at for it: no character takes more than 3 for each code unit. */
const QUOTED_BYTES = 4 * QUOTED;

/** The body; null where an error status has none, since the status then says it all. */
export function bodyOf(response: Response): ReadableStream<Uint8Array> | null {
  if (response.bodyUsed || response.body?.locked === true) {
    throw new AnthropicError(
      'The response was read before. Pass a function that makes a new one, so that each subscription has its own.',
    );
  }
  const { body }: { readonly body?: ReadableStream<Uint8Array> | null } = response; // React Native leaves it out
  if (typeof body?.getReader !== 'function' && response.ok) {
    throw new AnthropicError(
      'The response has no body stream. Where fetch gives none (React Native), pass another one, such as expo/fetch.',
    );
  }
  return body ?? null;
}

/** The beginning of a body that is no stream of events: at most 64 KiB, or what came before the connection was lost. */
export async function readText(reader: BodyReader | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < 65_536) {
      const result = await reader?.read();
      if (result?.done !== false) break;
      text += decoder.decode(result.value, { stream: true });
    }
  } catch {
    return text; // the error that is being made says more than that its text broke off
  }
  return text;
}

/** Keeps the beginning of a body whose response does not say what it is, in case that it is no stream of events. */
export class BodyHead {
  readonly #decoder = new TextDecoder();
  #text = '';

  add(bytes: Uint8Array): void {
    if (this.#text.length >= QUOTED) return;
    this.#text = (this.#text + this.#decoder.decode(bytes.subarray(0, QUOTED_BYTES), { stream: true })).slice(
      0,
      QUOTED,
    );
  }

  /**
   * Takes it that no event came.
   *
   * @throws {InvalidEventError} If there is text, and no line of it could be one of a stream of events.
   */
  check(): void {
    const isBlank = this.#text.trim() === '';
    if (!isBlank && !/^(data|event|id|retry)?:/m.test(this.#text) && !isCutField(this.#text)) {
      throw notAnEventStream(undefined, this.#text);
    }
  }
}

/** Whether a body may have been cut inside of its first field's name. */
function isCutField(text: string): boolean {
  return ['data', 'event', 'id', 'retry'].some((field) => field.startsWith(text));
}

/** The error for a body of another type. */
export function notAnEventStream(contentType: string | undefined, text: string): InvalidEventError {
  const what = contentType === undefined ? 'and does not say what it is' : `but ${contentType}`;
  return new InvalidEventError(
    `The response is not text/event-stream ${what}: something between here and the API answered, or baseURL is wrong.`,
    { position: 0, data: text },
  );
}
