import type { ToolUseBlock } from '../api/message.js';
import type { MessageParam } from '../api/params.js';
import { AnthropicError } from '../errors/classes.js';
import { WithdrawnTools } from '../history/withdrawnTools.js';
import type { Tool } from './defineTool.js';
import { isToolset, type Toolset } from './defineToolset.js';

type NamedCall = Pick<ToolUseBlock, 'name' | 'toolset_name'>;

/** The tools of one run. */
export class Toolbox {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #toolsets: ReadonlyMap<string, Toolset>;
  readonly #withdrawn = new WithdrawnTools();

  constructor(all: readonly (Tool | Toolset)[]) {
    this.#tools = new Map(all.flatMap((tool) => (isToolset(tool) ? [] : [[tool.name, tool]])));
    this.#toolsets = new Map(all.flatMap((tool) => (isToolset(tool) ? [[tool.toolsetName, tool]] : [])));
  }

  /**
   * Returns the tool or the toolset that a call is for. A tool is never run for a call of a toolset, even if a tool of
   * the toolset has the same name.
   *
   * @param messages - The conversation before the call, which may have withdrawn tools.
   * @throws {AnthropicError} If there is none. The model reads the message.
   */
  find({ name, toolset_name: toolsetName }: NamedCall, messages: readonly MessageParam[]): Tool | Toolset {
    if (typeof toolsetName === 'string') {
      const toolset = this.#toolsets.get(toolsetName);
      if (toolset === undefined) throw new AnthropicError(`There is no toolset named ${toolsetName}.`);
      return toolset;
    }
    this.#withdrawn.read(messages);
    const tool = this.#tools.get(name);
    if (tool === undefined || this.#withdrawn.has(name)) throw this.#unknownToolError(name);
    return tool;
  }

  /** Whether a call may be run again if nobody knows whether it took effect. */
  isIdempotent({ name, toolset_name: toolsetName }: NamedCall): boolean {
    const tool = typeof toolsetName === 'string' ? this.#toolsets.get(toolsetName) : this.#tools.get(name);
    return tool?.idempotent === true;
  }

  #unknownToolError(name: string): AnthropicError {
    const known = [...this.#tools.keys()].filter((each) => !this.#withdrawn.has(each));
    const tools = known.length > 0 ? `The available tools are ${known.join(', ')}.` : 'No tools are available.';
    return new AnthropicError(`There is no tool named ${name}. ${tools}`);
  }
}
