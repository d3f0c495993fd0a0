import { filter, map, pipe } from 'rxjs';
import { deepFrozenCopy } from '../utils/freeze.js';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { TextCitation } from '../api/message.js';
import type { EventOperator } from '../rx/eventOperator.js';

/**
 * Emits each citation of the answer's text.
 *
 *     source       --t--c--t--c--|   t: text deltas   c: citation deltas
 *     citations()
 *     result       -----c-----c--|   the citations
 *
 * The API sends a citation next to the text that it supports. In the Message it is in the `citations` of the same text
 * block. Completion and errors pass through. A `message_restart` emits nothing; it withdraws the citations emitted
 * before it.
 *
 * @returns An operator from events to citations. Each is emitted synchronously with its event.
 * @example
 * stream$.pipe(citations()).subscribe((citation) => console.log(citation.cited_text)); // The grass is green.
 * @see https://platform.claude.com/docs/en/build-with-claude/citations
 */
export function citations(): EventOperator<TextCitation> {
  return pipe(
    map((event: AnyEvent) =>
      isEvent(event, 'content_block_delta') && event.delta.type === 'citations_delta'
        ? deepFrozenCopy(event.delta.citation)
        : undefined,
    ),
    filter((citation) => citation !== undefined),
  );
}
