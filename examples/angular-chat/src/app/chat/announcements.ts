import type { AssistantTurn, ConversationState } from 'rxjs-anthropic';
import { noticeOf } from './notices';
import { formOf } from './tool-forms';

/** What a screen reader has been told. */
export interface Announced {
  /** The last words. */
  readonly words: string;
  readonly status: ConversationState['status'];
  readonly turnId: string | undefined;
  /** How much of the text of that turn has been read, in UTF-16 code units. */
  readonly length: number;
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * Returns what to say next: the sentences that have been finished since, or what has happened. Says nothing about what was
 * there before, if a conversation has just been opened.
 */
export function announce(last: Announced | undefined, state: ConversationState): Announced {
  const turn = state.turns.at(-1);
  const answer = turn?.role === 'assistant' ? turn : undefined;
  const isLive = state.current !== undefined;
  const read = last?.turnId === answer?.id ? (last?.length ?? 0) : 0;
  const length = answer === undefined ? 0 : readableLength(answer.text, isLive);
  const next = { status: state.status, turnId: answer?.id, length };
  if (last === undefined) return { ...next, words: '' };

  const words = [answer === undefined ? '' : speak(answer.text.slice(read, length))];
  if (state.status !== last.status) words.push(eventOf(state, answer));
  const said = words.filter((each) => each !== '').join(' ');
  return { ...next, words: said === '' ? last.words : said };
}

/** The length of the sentences that are finished: the last one may still grow. */
function readableLength(text: string, isLive: boolean): number {
  if (!isLive) return text.length;
  return Array.from(SENTENCES.segment(text)).at(-1)?.index ?? 0;
}

function eventOf(state: ConversationState, answer: AssistantTurn | undefined): string {
  const notice = noticeOf(state);
  if (notice !== undefined) return notice.next === undefined ? notice.text : `${notice.text} ${notice.next}.`;
  if (state.status === 'thinking') return 'Thinking.';
  if (state.status === 'done') return 'Answer complete.';
  const waiting = answer?.tools.filter(({ status }) => status === 'approval') ?? [];
  return waiting.map(({ name }) => `${formOf(name).question} Approve or decline.`).join(' ');
}

/** Markdown as it is read aloud: without its marks, and without code. */
function speak(markdown: string): string {
  return markdown
    .replace(/```[\s\S]*?(?:```|$)/g, ' Code. ')
    .replace(/([^\s.:;,!?|])[*_`~]*\s*(?=\n|$)/g, '$1.') // a heading is a sentence
    .replace(/[*_`#>|~]|^\s*[-:| ]+$/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
