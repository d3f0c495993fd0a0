// Sends a parameter that the newest API version has removed, with a version and a model that still accept it.
// npm run example -- temperature
import { concatMap, from, map } from 'rxjs';
import { finalText, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('temperature');

const ask = (temperature: number) =>
  streamMessage(
    {
      model: 'claude-haiku-4-5',
      max_tokens: 64,
      temperature,
      messages: [{ role: 'user', content: 'A name for a coffee shop. Only the name.' }],
    },
    { ...options, apiVersion: '2023-06-01' },
  ).pipe(
    finalText(),
    map((name) => `temperature ${temperature}: ${name}`),
  );

await from([0, 1])
  .pipe(concatMap(ask))
  .forEach((answer) => {
    console.log(answer);
  });
await close();
