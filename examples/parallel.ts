// Asks several questions, at most three at a time, and prints each answer as soon as it is complete.
// npm run example -- parallel
import { from, map, mergeMap } from 'rxjs';
import { finalText, retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('parallel');

const ask = (country: string) =>
  streamMessage(
    {
      model: 'claude-haiku-5-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: `The capital of ${country}? Only its name.` }],
    },
    options,
  ).pipe(
    retryOnConnectionError(),
    finalText(),
    map((capital) => `${country}: ${capital}`),
  );

await from(['Peru', 'Kenya', 'Norway', 'Japan'])
  .pipe(mergeMap(ask, 3))
  .forEach((answer) => {
    console.log(answer);
  });
await close();
