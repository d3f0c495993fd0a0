import type { Tool } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';
import { Chat } from './chat.js';
import type { ToolsOf } from './conversationState.js';
import type { Conversation, ConversationOptions } from './conversationTypes.js';

/**
 * Creates a conversation: everything that a chat screen shows, and what its buttons do.
 *
 *     send()             x--------------x-------
 *     the answers         --s--d--z|     --s--d--z|     s: message_start  d: content  z: message_stop
 *     state$         i---c--s--d--D------c--s--d--D--   i: idle  c: connecting  s, d: streaming  D: done
 *
 * `state$` emits one immutable value with all turns, the live tool calls, the status, the usage and the error. The methods
 * `send`, `stop`, `retry`, `continue`, `edit`, `approve`, `decline` and `reset` may be called at any time. There is at most
 * one request at a time: a method that asks first stops the answer in progress.
 *
 * An answer that ends early stays, with the status 'error' or 'aborted'. It is part of the conversation, and `retry()`
 * replaces it, `continue()` continues it, `send()` asks after it. Whatever has happened, the messages that are sent are a
 * conversation that the API accepts: each call has a result, and nothing that is incomplete is sent back.
 *
 * Tools run in the service or here. A service sends the events of its `runTools` or `resumeRun`; if its run has paused,
 * `request` is called again, with `resume`, once there is a decision about each call that waits. With the option `tools`,
 * they run here, and `request` is called for each message of the run. In both cases, each message of the run is a turn, and
 * has its calls in `tools`, with what has become of them.
 *
 * A conversation lives until `destroy`, independently of who subscribes to `state$`. It starts no timers, and asks nothing
 * by itself. States are frozen, and share their unchanged parts with the previous one.
 *
 * @param options.request - Asks, and returns the events of the answer. If it throws, the answer ends with that error.
 * @returns The conversation.
 * @throws {TypeError} At call time, if `request` or `stop` is not a function, `tools` is not an array of tools, or `history` is not
 * an array of messages.
 * @throws {RangeError} At call time, if `maxTurns` or `concurrency` is less than 1 or not a number.
 * @example
 * const headers = { 'content-type': 'application/json' };
 * const chat = conversation({
 *   request: ({ messages }) =>
 *     fromResponse((signal) => fetch('/chat', { method: 'POST', headers, body: JSON.stringify({ messages }), signal })),
 * });
 * chat.state$.subscribe(({ status, turns }) => render(status, turns)); // 'idle', []
 * chat.send('Hello'); // 'connecting', 'streaming' … 'done'
 */
export function conversation<const Tools extends readonly (Tool | Toolset)[]>(
  options: ConversationOptions<Tools>,
): Conversation<ToolsOf<Tools>>;
export function conversation(options: ConversationOptions): Conversation {
  return new Chat(options);
}
