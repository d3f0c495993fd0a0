import { NEVER } from 'rxjs';
import type { MessageParam, ToolParam } from '../api/params.js';
import type { Tool } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';
import { readPath } from '../utils/inspect.js';
import { expectAtLeast, expectFunction, expectFunctions } from '../utils/options.js';
import type { ConversationOptions } from './conversationTypes.js';

/** The parameters of a run that its requests do not use: the service chooses its own. */
export const UNUSED_PARAMS = { model: 'conversation', max_tokens: 1 } as const;

const NO_MESSAGE: MessageParam = { role: 'user', content: '' };

/**
 * Checks the options of `conversation`. Returns what the model sees of the tools.
 *
 * @throws {TypeError} If a function, the history or a tool is none, or if `runTools` would refuse the tools.
 * @throws {RangeError} If a number is less than 1 or not a number.
 */
export function expectOptions(options: ConversationOptions): readonly ToolParam[] {
  const { request, tools, history, maxTurns, concurrency, stop } = options;
  expectFunction('conversation', 'request', request);
  expectFunctions('conversation', { stop });
  expectAtLeast(1, 'conversation', { maxTurns, concurrency });
  const params = tools === undefined ? [] : expectTools(tools, options.runTools);
  if (history !== undefined && !isListOf(history, 'role')) {
    throw new TypeError('conversation: history must be an array of messages, with role and content.');
  }
  return params;
}

function expectTools(
  tools: readonly (Tool | Toolset)[],
  runTools: ConversationOptions['runTools'],
): readonly ToolParam[] {
  expectFunction('conversation', 'runTools', runTools);
  if (!isListOf(tools, 'param')) {
    throw new TypeError('conversation: tools must be an array of what defineTool and defineToolset return.');
  }
  // Nothing runs without a subscription, but two tools with the same name are reported now.
  void runTools?.({ ...UNUSED_PARAMS, messages: [NO_MESSAGE] }, { tools, request: () => NEVER });
  return Object.freeze(tools.map(({ param }) => param));
}

/** Whether a value is an array of objects that have a field. */
function isListOf(list: unknown, field: string): boolean {
  return Array.isArray(list) && list.every((item) => readPath(item, field) !== undefined);
}
