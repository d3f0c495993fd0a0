import { lastValueFrom, of, tap } from 'rxjs';
import { APIUserAbortError, runTools, type RunToolsOptions } from '../../src/index.js';
import { refusalOf } from '../history/support/api.js';
import { tool } from './support/run.js';
import { Answers, call, params } from './support/turns.js';

interface Aborted {
  /** The tools that were started, and the calls that `onTool` was asked about. */
  readonly log: readonly string[];
  readonly error: unknown;
}

/**
 * Runs two calls, and aborts the run in the middle of one of its steps. The request, the tools and `onTool` are synchronous.
 *
 * @param atEvent - The type of the event at which the consumer aborts the run.
 */
async function abortedRun(
  options: (abort: () => void, log: string[]) => Partial<RunToolsOptions>,
  atEvent?: string,
): Promise<Aborted> {
  const log: string[] = [];
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  const needsApproval = (name: string) => ({ ...tool(name, () => log.push(name)), needsApproval: () => true });
  const run = runTools(params, {
    tools: [needsApproval('a'), needsApproval('b')],
    request: new Answers({ content: [call('a'), call('b')] }).request,
    onTool: ({ name }) => {
      log.push(`${name}?`);
      return true;
    },
    signal: controller.signal,
    ...options(abort, log),
  }).pipe(
    tap(({ type }) => {
      if (type === atEvent) abort();
    }),
  );
  const error: unknown = await lastValueFrom(run).catch((reason: unknown) => reason);
  return { log, error };
}

describe('runTools: a run that is aborted', () => {
  it.each<[string, log: string[]]>([
    ['message_start', []],
    ['content_block_start', []],
    ['content_block_stop', []],
    ['tool_approval_required', []],
    ['tool_result', ['a?', 'a']],
    ['message_stop', ['a?', 'a', 'b?', 'b']],
  ])('starts no tool after the consumer has aborted it at %s', async (type, log) => {
    const { log: seen, error } = await abortedRun(() => ({}), type);

    expect(seen).toEqual(log);
    expectCompleteConversation(error);
  });

  const approveAfter = (step: () => void) => () => {
    step();
    return true;
  };

  it.each<[string, log: string[], (abort: () => void, log: string[]) => Partial<RunToolsOptions>]>([
    ['onTool', [], (abort) => ({ onTool: approveAfter(abort) })],
    ['the answer of onTool', [], (abort) => ({ onTool: () => of(true).pipe(tap(abort)) })],
    [
      'needsApproval',
      [],
      (abort, log) => ({ tools: [{ ...tool('a', () => log.push('a')), needsApproval: approveAfter(abort) }] }),
    ],
    [
      'a tool',
      ['a?', 'a'],
      (abort, log) => ({
        tools: ['a', 'b'].map((name) =>
          tool(name, () => {
            log.push(name);
            abort();
          }),
        ),
      }),
    ],
    [
      'a tool that others wait for',
      ['a?', 'b?', 'a'],
      (abort, log) => ({
        concurrency: 1,
        tools: ['a', 'b'].map((name) =>
          tool(name, async () => {
            await Promise.resolve();
            log.push(name);
            abort();
          }),
        ),
      }),
    ],
    ['onToolResult', ['a?', 'a'], (abort) => ({ onToolResult: abort })],
    ['onTurn', ['a?', 'a', 'b?', 'b'], (abort) => ({ onTurn: abort })],
  ])('starts no tool after %s has aborted it', async (_, log, options) => {
    const { log: seen, error } = await abortedRun(options);

    expect(seen).toEqual(log);
    expectCompleteConversation(error);
  });
});

function expectCompleteConversation(error: unknown): void {
  expect(error).toBeInstanceOf(APIUserAbortError);
  const { messages = [] } = error as APIUserAbortError;
  expect(refusalOf({ ...params, messages })).toBeUndefined();
}
