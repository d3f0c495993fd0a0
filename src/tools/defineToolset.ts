import type { ToolParam } from '../api/params.js';
import type { ToolContext, ToolOutput } from './defineTool.js';
import { pickToolFields } from './toolFields.js';

/** A toolset that `runTools` can run: a family of tools whose inputs the API defines. */
export interface Toolset {
  /** The `toolset_name` of its calls, such as `browser`. */
  readonly toolsetName: string;
  /** The toolset as it is listed in the `tools` of a request. */
  readonly param: ToolParam;
  run(input: unknown, context: ToolContext): ToolOutput;
  /** Whether a call is run only if `onTool` answers true. */
  needsApproval(input: unknown, name: string): boolean;
  /** Whether a call may be run again if nobody knows whether it took effect. Default false. */
  readonly idempotent?: boolean | undefined;
}

export interface DefineToolsetOptions {
  /** The type of the toolset, such as `browser_toolset_20260801`. */
  readonly type: string;
  /** Runs the tool `context.name` of the toolset. The input has the form that the API's documentation describes. */
  readonly run: (input: unknown, context: ToolContext) => ToolOutput;
  /** Whether a call is run only if `onTool` answers true. Default false. */
  readonly needsApproval?: boolean | ((input: unknown, name: string) => boolean);
  /** Whether it does no harm to run a call twice: see `defineTool`. Default false. */
  readonly idempotent?: boolean;
  /** Which tools of the toolset are enabled, by their names. */
  readonly configs?: Readonly<Record<string, unknown>>;
  readonly cache_control?: { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' } | null;
}

/**
 * Defines a toolset of the API, such as that for a browser, and what runs when the model calls one of its tools.
 *
 * The calls of a toolset run one after the other, in the order of the calls. After one that fails, the others of the
 * same message are not run, since the model planned them as a sequence. Other tools run concurrently with them. A tool
 * of your own may have the same name as a tool of the toolset.
 *
 * @param options - The toolset.
 * @returns The toolset, for the `tools` of `runTools`.
 * @example
 * const browser = defineToolset({
 *   type: 'browser_toolset_20260801',
 *   run: (input, { name, signal }) => driver.perform(name, input, signal),
 * });
 * runTools(params, { tools: [getWeather, browser] });
 * @see https://platform.claude.com/docs/en/agents-and-tools/tool-use/browser-use-tool
 */
export function defineToolset(options: DefineToolsetOptions): Toolset {
  const { type } = options;
  return {
    toolsetName: type.replace(/_\d+$/, '').replace(/_toolset$/, ''),
    param: { ...pickToolFields(options), type },
    run: (input, context) => options.run(input, context),
    needsApproval: (input, name) =>
      typeof options.needsApproval === 'function' ? options.needsApproval(input, name) : options.needsApproval === true,
    idempotent: options.idempotent === true,
  };
}

/** Whether a tool of a run is a toolset. */
export function isToolset(tool: object): tool is Toolset {
  return 'toolsetName' in tool;
}
