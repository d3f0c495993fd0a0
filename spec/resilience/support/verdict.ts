import { AnthropicError, toolInputStatus, type Message, type ToolInputStatus } from 'rxjs-anthropic';
import type { Seen } from './consumers.js';
import { textOf, type Answer } from './streams.js';

/** Whether the consumers of a stream have seen what they should. */
export interface Verdict {
  readonly ended: 'complete' | 'error';
  /** Whether text that had arrived is missing. */
  readonly lost: boolean;
  /** Whether text was shown twice, or that the server has not sent. */
  readonly twice: boolean;
  /** What is wrong, in words. */
  readonly faults: readonly string[];
}

/** What is known about what the server sent. */
export interface Known {
  readonly answer: Answer;
  /** The text that had arrived in the end. If it is not known, the text shown must be a beginning of the answer. */
  readonly arrived?: string;
  /** The input tokens of all requests. */
  readonly inputTokens?: number;
  /** Whether errors have a `partial` without passing another operator that accumulates. Default false. */
  readonly accumulates?: boolean;
}

/** Judges a stream: the complete answer was shown, or there is an error whose `partial` is what was shown. */
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
    if (seen.starts > 1) faults.push('one message has several message_start events');
  } else {
    faults.push(`not an AnthropicError: ${describeError(error)}`);
  }
  if (inputTokens !== undefined) expectSame('the input tokens of all requests', inputTokensOf(usage), inputTokens);

  const expected = error === undefined ? answer.text : (arrived ?? answer.text.slice(0, byTap.length));
  const lost = byTap !== expected && byTap.length <= expected.length;
  const twice = byTap !== expected && byTap.length > expected.length;
  expectSame(`the text at the end, ${error === undefined ? 'complete' : describeError(error)},`, byTap, expected);
  return { ended: error === undefined ? 'complete' : 'error', lost, twice, faults };
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

/** The complete tool calls of a message, which may have been built without a stream. */
function callsOf(message: Message | undefined): string {
  const calls = (message?.content ?? []).flatMap((block) =>
    block.type === 'tool_use' && isUsable(toolInputStatus(block)) ? [[block.name, block.input]] : [],
  );
  return JSON.stringify(calls);
}

function isUsable({ state }: ToolInputStatus): boolean {
  return state === 'complete' || state === 'unknown';
}

function inputTokensOf(usage: Seen['usage']): number {
  if (usage === undefined) return 0;
  const { abandoned_attempts: abandoned = [], input_tokens } = usage;
  return abandoned.reduce((sum, attempt) => sum + attempt.input_tokens, input_tokens);
}
