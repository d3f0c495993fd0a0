import type { TextCitation } from '../api/message.js';
import type { UISourceChunk } from './uiMessageChunk.js';

/** Returns the source that a text cites. Citations of the same source have the same `sourceId`. */
export function sourceOf(citation: TextCitation): UISourceChunk | undefined {
  switch (citation.type) {
    case 'web_search_result_location':
      return urlSource(citation.url, citation.title);
    case 'search_result_location':
      return URL.canParse(citation.source)
        ? urlSource(citation.source, citation.title)
        : documentSource(citation.source, citation.title ?? citation.source, 'text/plain');
    case 'page_location':
      return documentOf(citation, 'application/pdf');
    case 'char_location':
    case 'content_block_location':
      return documentOf(citation, 'text/plain');
    default:
      return undefined; // of a type that a newer server sends
  }
}

function urlSource(url: string, title: string | null): UISourceChunk {
  return { type: 'source-url', sourceId: url, url, ...(title !== null && { title }) };
}

function documentOf(
  { document_index: index, document_title: title }: { document_index: number; document_title: string | null },
  mediaType: string,
): UISourceChunk {
  return documentSource(`document-${index}`, title ?? `Document ${index + 1}`, mediaType);
}

function documentSource(sourceId: string, title: string, mediaType: string): UISourceChunk {
  return { type: 'source-document', sourceId, mediaType, title };
}
