import { filter, map, type Observable } from 'rxjs';
import { z } from 'zod';
import { defineTool, type Tool, type ToolContext, type ToolOutput } from '../../../src/tools/defineTool.js';
import type { RunToolsEvent } from '../../../src/tools/toolEvents.js';
import { summaryOf } from './turns.js';

const input = z.object({}).loose();

/** A tool that accepts any object as its input. */
export function tool(name: string, run: (context: ToolContext) => ToolOutput): Tool {
  return defineTool({ name, input, run: (_, context) => run(context) });
}

/** Summarizes the events of a run that are not those of its messages. */
export function summaries(run: Observable<RunToolsEvent>): Observable<string> {
  return run.pipe(
    map(summaryOf),
    filter((text) => text !== undefined),
  );
}
