// Holds a conversation: each question is sent together with all earlier messages.
// npm run example -- conversation
import { from, lastValueFrom, map, mergeScan } from 'rxjs';
import { finalMessage, streamMessage, tapMessage, type MessageParam } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('conversation');

const questions = ['What is the capital of Portugal?', 'How many live there?', 'Which river was I about to ask for?'];

const conversation$ = from(questions).pipe(
  mergeScan(
    (history: readonly MessageParam[], question) => {
      const messages = [...history, { role: 'user' as const, content: question }];
      console.log(`\n> ${question}`);
      return streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, messages }, options).pipe(
        tapMessage({ text: (delta) => process.stdout.write(delta) }),
        finalMessage(),
        map(({ content }) => [...messages, { role: 'assistant' as const, content }]),
      );
    },
    [],
    1, // one question at a time
  ),
);

const conversation = await lastValueFrom(conversation$);
console.log(`\n\n[${conversation.length} messages]`);
await close();
