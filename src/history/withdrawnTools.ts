import type { MessageParam } from '../api/params.js';
import { readPath } from '../utils/inspect.js';

/** The types of references to tools that may be run here. Other types refer to tools of an MCP server. */
const CLIENT_TOOLS: ReadonlySet<unknown> = new Set(['tool_reference', 'tool_definition']);

/**
 * The tools that a conversation has withdrawn, and has not added again since. The model may still call them.
 *
 * Tools are withdrawn and added by blocks of system messages. Once the API has summarized such messages, its
 * `compaction` block lists their changes.
 */
export class WithdrawnTools {
  readonly #names = new Set<string>();
  #messagesRead = 0;

  /** Reads the messages of the conversation that it has not read before. Earlier messages must be unchanged. */
  read(messages: readonly MessageParam[]): void {
    for (const change of messages.slice(this.#messagesRead).flatMap(changesOf)) {
      const name = readPath(change, 'tool', 'name') ?? readPath(change, 'tool', 'definition', 'name');
      if (typeof name !== 'string' || !CLIENT_TOOLS.has(readPath(change, 'tool', 'type'))) continue;
      const type = readPath(change, 'type');
      if (type === 'tool_removal') this.#names.add(name);
      else if (type === 'tool_addition') this.#names.delete(name);
    }
    this.#messagesRead = messages.length;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }
}

function changesOf({ role, content = [] }: MessageParam): readonly unknown[] {
  if (typeof content === 'string') return [];
  if (role === 'system') return content;
  return content.flatMap((block) => {
    const changes = block.type === 'compaction' ? readPath(block, 'tool_changes') : undefined;
    return Array.isArray(changes) ? (changes as unknown[]) : [];
  });
}
