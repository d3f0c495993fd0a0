import { lastValueFrom, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import type { ToolUseBlock } from '../../../src/index.js';
import { defineTool, type Tool, type ToolContext, type ToolOutput } from '../../../src/tools/defineTool.js';
import { runTool, type OnTool } from '../../../src/tools/runTool.js';
import type { ToolEvent, ToolResultEvent } from '../../../src/tools/toolEvents.js';
import { call } from './turns.js';

export const weather = z.object({ city: z.string(), days: z.number().default(3) });
export const paris = call('get_weather', { city: 'Paris' });

/** A tool that runs this. */
export function getWeather(
  run: (input: z.infer<typeof weather>, context: ToolContext) => ToolOutput,
  needsApproval = false,
): Tool {
  return defineTool({ name: 'get_weather', input: weather, run, needsApproval });
}

/** Runs a call with one tool. */
export function runWith(tool: Tool, onTool?: OnTool, block = paris): Observable<ToolEvent> {
  return runTool(block, new Map([[tool.name, tool]]), onTool);
}

/** The result of a call, which must be its only event. */
export async function resultOf(tool: Tool, onTool?: OnTool, block?: ToolUseBlock): Promise<ToolResultEvent> {
  const [event, ...others] = await lastValueFrom(runWith(tool, onTool, block).pipe(toArray()));
  if (event?.type !== 'tool_result' || others.length > 0) throw new Error('not one result');
  return event;
}
