import { EMPTY, filter, lastValueFrom, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import type { ToolUseBlock } from '../../../src/index.js';
import { defineTool, type Tool, type ToolContext, type ToolOutput } from '../../../src/tools/defineTool.js';
import { runTool, type OnTool } from '../../../src/tools/runTool.js';
import { Slots } from '../../../src/tools/slots.js';
import { Toolbox } from '../../../src/tools/toolbox.js';
import type { ToolEvent, ToolResultEvent } from '../../../src/tools/toolEvents.js';
import { ToolRun } from '../../../src/tools/toolRun.js';
import type { RunCall } from '../../../src/tools/turnCalls.js';
import { call, params } from './turns.js';

export const weather = z.object({ city: z.string(), days: z.number().default(3) });
export const paris = call('get_weather', { city: 'Paris' });

/** A tool that runs this. */
export function getWeather(
  run: (input: z.infer<typeof weather>, context: ToolContext) => ToolOutput,
  needsApproval = false,
): Tool {
  return defineTool({ name: 'get_weather', input: weather, run, needsApproval });
}

/** A call, as the first block of a message. */
function callOf(block: ToolUseBlock): RunCall {
  return { index: 0, id: block.id, block };
}

/** Runs a call with these tools. */
export function runWith(tools: Tool | readonly Tool[], onTool?: OnTool, block = paris): Observable<ToolEvent> {
  const toolbox = new Toolbox([tools].flat());
  return runTool(callOf(block), {
    run: new ToolRun(params, 1),
    toolbox,
    slots: new Slots(1),
    onTool,
    decisions: new Map(),
    saved: EMPTY,
    isAborted: () => false,
  });
}

/** The result of a call, which must be its only event, except that the call may have required approval. */
export async function resultOf(tool: Tool, onTool?: OnTool, block?: ToolUseBlock): Promise<ToolResultEvent> {
  const [event, ...others] = await lastValueFrom(
    runWith(tool, onTool, block).pipe(
      filter(({ type }) => type !== 'tool_approval_required'),
      toArray(),
    ),
  );
  if (event?.type !== 'tool_result' || others.length > 0) throw new Error('not one result');
  return event;
}
