// Shares one request between several consumers; a late subscriber first gets what it missed.
// npm run example -- share
import { elementAt, merge, switchMap, tap } from 'rxjs';
import { finalMessage, shareMessage, streamMessage, textDeltas } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, server, close } = await connect('share');

const events$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'What is a lighthouse for?' }],
  },
  options,
).pipe(shareMessage());

const show = (who: string) =>
  tap((text: string) => {
    console.log(`${who}: ${JSON.stringify(text)}`);
  });

const first$ = events$.pipe(textDeltas(), show('first'));
const late$ = events$.pipe(
  textDeltas(),
  elementAt(2), // the late subscriber subscribes at the third piece of text
  switchMap(() => events$.pipe(textDeltas(), show('late '))),
);

await merge(first$, late$).forEach(() => undefined);

// A complete message is replayed, without another request.
await events$.pipe(finalMessage()).forEach(({ usage }) => {
  console.log(`[${usage.output_tokens} tokens, ${server?.requests.length ?? 1} request]`);
});
await close();
