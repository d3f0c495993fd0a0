// Streams an answer, and waits for the complete Message.
// npm run example -- final-message
import { firstValueFrom } from 'rxjs';
import { finalMessage, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('final-message');

const message = await firstValueFrom(
  streamMessage(
    {
      model: 'claude-opus-5-5',
      max_tokens: 1024,
      messages: [{ role: 'user', content: 'Why is the sky blue? One sentence.' }],
    },
    options,
  ).pipe(finalMessage()),
);

console.log(message);
await close();
