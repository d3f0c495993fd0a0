import type { ContentBlockParam } from '../api/params.js';
import { AnthropicError } from '../errors/classes.js';
import { asString, isRecord, readPath } from '../utils/inspect.js';
import { safeStringify } from '../utils/safeStringify.js';

/** The images that the API reads. */
const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/** The server has reported that the tool failed. The model reads its `content`. */
class McpToolError extends AnthropicError {
  readonly content: readonly ContentBlockParam[];

  override get name(): 'McpToolError' {
    return 'McpToolError';
  }

  constructor(message: string, content: readonly ContentBlockParam[]) {
    super(message);
    this.content = content;
  }
}

/**
 * Returns the output of a tool, from the result of a call: blocks, or JSON if there is only structured content.
 *
 * @throws {McpToolError} If the server says that the call failed. It has only the texts, since the API accepts no other
 * blocks in the result of a failed call.
 */
export function outputOfResult(result: unknown, name: string): unknown {
  const content = readPath(result, 'content');
  const blocks = Array.isArray(content) ? content.map(blockOf) : [];
  if (readPath(result, 'isError') === true) {
    const texts = blocks.filter(({ type }) => type === 'text');
    const message = texts.map((block) => asString(readPath(block, 'text')) ?? '').join('\n');
    throw new McpToolError(message.trim() === '' ? `${name} failed.` : message, texts);
  }
  if (blocks.length > 0) return blocks;
  return readPath(result, 'structuredContent') ?? readPath(result, 'toolResult');
}

function blockOf(part: unknown): ContentBlockParam {
  const mimeType = asString(readPath(part, 'mimeType')) ?? '';
  switch (readPath(part, 'type')) {
    case 'text':
      return text(asString(readPath(part, 'text')) ?? '');
    case 'image':
      return fileBlock(mimeType, asString(readPath(part, 'data')) ?? '', 'image');
    case 'resource':
      return resourceBlock(readPath(part, 'resource'));
    case 'resource_link':
      return text(linkText(part));
    case 'audio':
      return text(`[audio of the type ${mimeType}, which cannot be read]`);
    default:
      return text(safeStringify(part) ?? '');
  }
}

function resourceBlock(resource: unknown): ContentBlockParam {
  const uri = asString(readPath(resource, 'uri')) ?? 'resource';
  const data = readPath(resource, 'text');
  if (typeof data === 'string') {
    if (data.trim() === '') return text(`[${uri} is empty]`); // the API refuses an empty document
    return { type: 'document', title: uri, source: { type: 'text', media_type: 'text/plain', data } };
  }
  const mimeType = asString(readPath(resource, 'mimeType')) ?? '';
  return fileBlock(mimeType, asString(readPath(resource, 'blob')) ?? '', uri);
}

/** Returns the block of a file in base64; a text about it if the API does not read files of its type. */
function fileBlock(mimeType: string, data: string, name: string): ContentBlockParam {
  const source = { type: 'base64', media_type: mimeType, data };
  if (IMAGES.has(mimeType)) return { type: 'image', source };
  if (mimeType === 'application/pdf') return { type: 'document', title: name, source };
  return text(`[${name} of the type ${mimeType}, which cannot be read]`);
}

function linkText(link: unknown): string {
  const fields = isRecord(link) ? [link['title'] ?? link['name'], link['uri'], link['description']] : [];
  return fields.filter((field) => typeof field === 'string' && field !== '').join('\n');
}

function text(content: string): ContentBlockParam {
  return { type: 'text', text: content };
}
