import type { ContentBlockParam } from '../api/params.js';
import { InvalidParamsError } from '../errors/classes.js';
import { asString, readPath } from '../utils/inspect.js';

/** A `data:` URL with base64, as `useChat` sends files. */
const DATA_URL = /^data:([^;,]*)[^,]*;base64,/;

/**
 * Returns the block of a file that the user sent: an image, a PDF or a text.
 *
 * @throws {InvalidParamsError} If the file is of another type, or has no URL that the API can read.
 */
export function fileBlock(part: object): ContentBlockParam {
  const url = asString(readPath(part, 'url')) ?? '';
  const data = DATA_URL.exec(url);
  const mediaType = asString(readPath(part, 'mediaType')) ?? data?.[1] ?? '';
  const isImage = mediaType.startsWith('image/');
  const isText = mediaType.startsWith('text/');
  if (!isImage && !isText && mediaType !== 'application/pdf') {
    throw new InvalidParamsError(`fromUIMessages: the API does not read files of the type ${mediaType}.`);
  }
  const filename = asString(readPath(part, 'filename'));
  const title = isImage || filename === undefined ? {} : { title: filename };
  const type = isImage ? 'image' : 'document';
  if (data === null) {
    if (!/^https?:/.test(url)) throw new InvalidParamsError('fromUIMessages: a file has no URL that the API can read.');
    return { type, source: { type: 'url', url }, ...title };
  }
  const base64 = url.slice(data[0].length);
  if (isText) return { type, source: { type: 'text', media_type: 'text/plain', data: textOf(base64) }, ...title };
  return { type, source: { type: 'base64', media_type: mediaType, data: base64 }, ...title };
}

function textOf(base64: string): string {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch (cause) {
    throw new InvalidParamsError('fromUIMessages: a file is not valid base64.', { cause });
  }
}
