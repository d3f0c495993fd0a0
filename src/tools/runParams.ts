import type { MessageCreateParams } from '../api/params.js';
import { InvalidParamsError } from '../errors/classes.js';
import { expectParams } from '../source/requestBody.js';
import { readPath } from '../utils/inspect.js';
import type { Tool } from './defineTool.js';
import { isToolset, type Toolset } from './defineToolset.js';

/**
 * Returns the parameters of a run: those of the user with the tools, and a copy of `messages`, which the caller may
 * change later.
 *
 * @param caller - The function that errors name.
 * @throws {InvalidParamsError} If the parameters are invalid, or if the requests of the run would need another form.
 * @throws {TypeError} If `tools` is not an array of tools, or two of them have the same name.
 */
export function runParams(
  params: MessageCreateParams,
  tools: readonly (Tool | Toolset)[],
  caller: string,
): MessageCreateParams {
  expectParams(params, caller);
  expectTools(tools, caller);
  expectSupported(params, caller);
  const all = [...(params.tools ?? []), ...tools.map(({ param }) => param)];
  const names = all.map((tool) => ('name' in tool ? tool.name : undefined)).filter((name) => typeof name === 'string');
  expectUnique('tools', names, caller);
  expectUnique(
    'toolsets',
    tools.filter(isToolset).map(({ toolsetName }) => toolsetName),
    caller,
  );
  return { ...params, messages: [...params.messages], ...(all.length > 0 && { tools: all }) };
}

function expectTools(tools: unknown, caller: string): void {
  const isValid = Array.isArray(tools) && tools.every((tool) => readPath(tool, 'param') !== undefined);
  if (!isValid) throw new TypeError(`${caller}: tools must be an array of what defineTool and defineToolset return.`);
}

function expectUnique(what: string, names: readonly string[], caller: string): void {
  const duplicate = names.find((name, index) => names.indexOf(name) < index);
  if (duplicate !== undefined) throw new TypeError(`${caller}: two ${what} have the name ${duplicate}.`);
}

/** Each reason ends the sentence "… does not support …". */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  thread: 'thread: the run sends the complete conversation with each request. Leave it out.',
  compaction:
    'compaction: the answer is only a summary, and each request of the run would be answered by another one. Make that ' +
    'request with streamMessage, and start the run with the summary in place of the messages. Or let the API compact the ' +
    'context when it is too long, with context_management.',
};

function expectSupported(params: MessageCreateParams, caller: string): void {
  for (const [name, reason] of Object.entries(UNSUPPORTED)) {
    if (readPath(params, name) != null) throw new InvalidParamsError(`${caller} does not support ${reason}`);
  }
}
