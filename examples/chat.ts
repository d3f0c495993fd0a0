// Holds a conversation as a chat screen does: continues an answer whose connection was lost, and asks before a tool runs.
// npm run example -- chat
import { filter, firstValueFrom } from 'rxjs';
import { conversation, defineTool, runTools, streamMessage, type ConversationState } from 'rxjs-anthropic';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options, close } = await connect('chat');

const bookFerry = defineTool({
  name: 'book_ferry',
  description: 'Books seats on the next ferry across the river.',
  input: z.object({ people: z.number() }),
  needsApproval: true,
  run: ({ people }) => `${people} seats, at 10:15`,
});

const chat = conversation({
  tools: [bookFerry], // in a browser, leave this out: the tools run in the service that has the key
  runTools,
  request: ({ messages, tools }) =>
    streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages, tools }, options),
});

/** What has been printed of the last turn. */
let printed = { id: '', length: 0 };
chat.state$.subscribe(({ turns }) => {
  const turn = turns.at(-1);
  if (turn === undefined) return;
  if (turn.id !== printed.id) {
    process.stdout.write(turn.role === 'user' ? '\n> ' : '\n');
    printed = { id: turn.id, length: 0 };
  }
  process.stdout.write(turn.text.slice(printed.length));
  printed.length = turn.text.length;
});

/** What a user does when the answer has ended, or waits. Returns whether there is something to do. */
function act({ status, canContinue, tools }: ConversationState): boolean {
  const call = tools.find((tool) => tool.status === 'approval');
  if (call !== undefined) {
    console.log(`\n[${call.name} ${JSON.stringify(call.input)}? Yes.]`);
    chat.approve(call.id);
  } else if (canContinue) {
    process.stdout.write(`[${status}: continuing]`);
    chat.continue();
  }
  return call !== undefined || canContinue;
}

const resting = ['done', 'error', 'aborted', 'approval'];
for (const question of ['What is the capital of Portugal?', 'Tell me about its river.', 'Two seats, please.']) {
  chat.send(question);
  while (act(await firstValueFrom(chat.state$.pipe(filter(({ status }) => resting.includes(status))))));
}

const { status, turns, usage } = chat.state;
console.log(
  `\n\n[${status}: ${turns.length} turns, ${chat.history.length} messages, ${usage?.output_tokens ?? 0} output tokens]`,
);
chat.destroy();
await close();
