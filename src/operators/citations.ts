import { filter, map, pipe, type OperatorFunction } from 'rxjs';
import { isEvent, type AnyEvent } from '../api/events.js';
import type { TextCitation } from '../api/message.js';

/**
 * Selects the citations of the answer's text, one by one.
 *
 *     source       --t--c--t--c--|   t: text deltas   c: citation deltas
 *     citations()
 *     result       -----c-----c--|   the citations
 *
 * A citation comes where the text that rests on it is; in the Message it is in the `citations` of its text block.
 * Completion, errors and `message_restart` change nothing: what was emitted before a restart is withdrawn.
 *
 * @returns An operator from events to citations, each in the same turn as its event.
 * @example
 * stream$.pipe(citations()).subscribe((citation) => console.log(citation.cited_text)); // The grass is green.
 * @see https://platform.claude.com/docs/en/build-with-claude/citations
 */
export function citations(): OperatorFunction<AnyEvent, TextCitation> {
  return pipe(
    map((event: AnyEvent) =>
      isEvent(event, 'content_block_delta') && event.delta.type === 'citations_delta'
        ? event.delta.citation
        : undefined,
    ),
    filter((citation) => citation !== undefined),
  );
}
