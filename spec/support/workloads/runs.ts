/** The workloads of tool runs and conversations. */
import { from } from 'rxjs';
import * as api from '../../../src/index.js';
import type { MessageStreamEvent } from '../../../src/index.js';
import { toolUseBlock } from '../../../src/testing/index.js';
import { eventsWith, mixedEvents, proseOf } from '../growingInputs.js';
import { params, anything, consume, read, copying, type Workloads } from './workload.js';

const TURNS_COPIED = 'states never change, so each has its own list of turns, and each request sends all of them';

/** Asks and shows one answer after the other, reading every state. */
function converse(
  answers: readonly (readonly MessageStreamEvent[])[],
  history: readonly api.MessageParam[] = [],
): void {
  let next = 0;
  const chat = api.conversation({ history, request: () => from(answers[next++] ?? []) });
  chat.state$.subscribe(({ current }) => {
    if (current !== undefined) read(current.message);
  });
  for (const answer of answers) chat.send(`What are these ${answer.length} events?`);
}

/** An event of another message. */
function renamed(event: MessageStreamEvent, i: number): MessageStreamEvent {
  return event.type === 'message_start' ? { ...event, message: { ...event.message, id: `msg_${i}` } } : event;
}

export const runWorkloads: Workloads = {
  runTools: {
    'a message of calls': (n) => {
      const list = eventsWith(...Array.from({ length: n / 4 }, () => toolUseBlock('list')));
      const last = eventsWith('Done.');
      const tools = [
        api.defineTool({ name: 'list', input: anything, inputSchema: { type: 'object' }, run: () => 'done' }),
      ];
      return () => {
        const answers = [list, last];
        return consume(api.runTools(params, { tools, request: () => from(answers.shift() ?? []) }));
      };
    },
    'mixed events': (n) => {
      const list = mixedEvents(n);
      const last = eventsWith('Done.');
      const tools = ['list', 'write'].map((name) =>
        api.defineTool({ name, input: anything, inputSchema: { type: 'object' }, run: () => 'done' }),
      );
      return () => {
        const answers = [list, last];
        return consume(api.runTools(params, { tools, request: () => from(answers.shift() ?? []) }));
      };
    },
  },

  resumeRun: {
    'many decisions': (n) => {
      const calls = Array.from({ length: n / 4 }, (_, i) => toolUseBlock('list', {}, { id: `toolu_${i}` }));
      const last = eventsWith('Done.');
      const tools = [
        api.defineTool({ name: 'list', input: anything, inputSchema: { type: 'object' }, run: () => 'done' }),
      ];
      const state: api.RunState = {
        ...{ version: 1, runId: 'run', revision: 1, turns: 1, started: [], withdrawn: [] },
        messages: [...params.messages, { role: 'assistant', content: calls }],
        pending: calls.map(({ id, name, input }) => ({ id, name, input })),
        usage: { input_tokens: 1, output_tokens: 1 },
      };
      const decisions = Object.fromEntries(calls.map(({ id }) => [id, true]));
      return () => consume(api.resumeRun(state, decisions, params, { tools, request: () => from(last) }));
    },
  },

  conversation: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => {
        converse([list]);
      };
    },
    'a live input with a long string': (n) => {
      const list = eventsWith(toolUseBlock('write', { text: proseOf(n) }));
      return () => {
        converse([list]);
      };
    },
    'after a conversation of 100 turns': (n) => {
      const list = mixedEvents(n);
      const history = Array.from({ length: 50 }, () => [
        ...params.messages,
        { role: 'assistant' as const, content: 'Yes.' },
      ]);
      return () => {
        converse([list], history.flat());
      };
    },
    'many turns': copying(TURNS_COPIED, (n) => {
      const answers = Array.from({ length: n / 10 }, (_, i) => eventsWith('Yes.').map((event) => renamed(event, i)));
      return () => {
        converse(answers);
      };
    }),
  },
};
