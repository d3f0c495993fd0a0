import type { MessageParam } from 'rxjs-anthropic';

/** The text of a message, without its other blocks. */
export function textOf(message: MessageParam | undefined): string {
  const { content = '' } = message ?? {};
  if (typeof content === 'string') return content;
  return content.map((block) => ('text' in block && block.type === 'text' ? String(block.text) : '')).join('');
}

/** A result of a tool, as the model reads it. */
export interface ReadResult {
  readonly text: string;
  readonly isError: boolean;
}

/** The results in a message, by the ids of their calls. Empty if it is a prompt. */
export function resultsIn(message: MessageParam | undefined): ReadonlyMap<string, ReadResult> {
  const { content = '' } = message ?? {};
  const blocks = typeof content === 'string' ? [] : content;
  return new Map(
    blocks.flatMap((block) => {
      if (!('tool_use_id' in block)) return [];
      const { tool_use_id, content: result = '' } = block;
      const text = typeof result === 'string' ? result : JSON.stringify(result);
      return [[String(tool_use_id), { text, isError: 'is_error' in block && block.is_error === true }] as const];
    }),
  );
}
