import { AnthropicError, toolInputStatus, type Message } from 'rxjs-anthropic';
import type { Seen } from './consumers.js';
import { textOf, type Answer } from './streams.js';

/** What is right and wrong with what the consumers of a stream have seen. */
export interface Verdict {
  readonly ended: 'complete' | 'error';
  /** Whether text that had arrived is missing. */
  readonly lost: boolean;
  /** Whether there is text that the server has not sent, or has sent once and is there twice. */
  readonly twice: boolean;
  /** What is wrong, in words. */
  readonly faults: readonly string[];
}

/** What is known of what was sent. */
export interface Known {
  readonly answer: Answer;
  /** What of the text had arrived at the end. If that is not known, it is enough that what was shown is its beginning. */
  readonly arrived?: string;
  /** What the requests have cost. */
  readonly inputTokens?: number;
  /** Whether errors carry a `partial` of their own, without an operator that accumulates behind. */
  readonly accumulates?: boolean;
}

/** Judges what was seen of a stream: it is the whole answer, or there is an error whose `partial` says what was shown. */
export function judge(seen: Seen, { answer, arrived, inputTokens, accumulates = false }: Known): Verdict {
  const { byDeltas, byTap, message, error, usage } = seen;
  const faults: string[] = [];
  const expectSame = (what: string, got: unknown, expected: unknown): void => {
    if (got !== expected) faults.push(`${what} is ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
  };
  expectSame('the text of textDeltas beside that of tapMessage', byDeltas, byTap);
  if (error === undefined) {
    expectSame('the text of the Message', textOf(message?.content), byTap);
    expectSame('the number of message_start', seen.starts, 1);
    expectSame('the stop_reason', message?.stop_reason, answer.message.stop_reason);
    expectSame('the tool calls', callsOf(message), callsOf(answer.message));
  } else if (error instanceof AnthropicError) {
    expectSame('the text of partial', textOf(error.partial?.content), byTap);
    if (accumulates) expectSame('the text of the partial that came', textOf(seen.partial?.content), byTap);
    if (seen.starts > 1) faults.push('several message_start in one message');
  } else {
    faults.push(`an error of no class: ${said(error)}`);
  }
  if (inputTokens !== undefined) expectSame('the input tokens of all requests', inputTokensOf(usage), inputTokens);

  const expected = error === undefined ? answer.text : (arrived ?? answer.text.slice(0, byTap.length));
  const lost = byTap !== expected && byTap.length <= expected.length;
  const twice = byTap !== expected && byTap.length > expected.length;
  expectSame(`the text at the end, ${error === undefined ? 'complete' : said(error)},`, byTap, expected);
  return { ended: error === undefined ? 'complete' : 'error', lost, twice, faults };
}

function said(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

/** The tool calls that are whole. */
function callsOf(message: Message | undefined): string {
  const calls = (message?.content ?? []).flatMap((block) =>
    block.type === 'tool_use' && toolInputStatus(block).state === 'complete' ? [[block.name, block.input]] : [],
  );
  return JSON.stringify(calls);
}

function inputTokensOf(usage: Seen['usage']): number {
  if (usage === undefined) return 0;
  const { abandoned_attempts: abandoned = [], input_tokens } = usage;
  return abandoned.reduce((sum, attempt) => sum + attempt.input_tokens, input_tokens);
}
