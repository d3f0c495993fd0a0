// Interrupts an answer on Ctrl-C or after 1.5 s: abortOn() aborts the request, and the error has what had arrived.
// npm run example -- interrupt
import { fromEvent, merge, timer } from 'rxjs';
import { abortOn, APIUserAbortError, streamMessage, textDeltas } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('interrupt');

const interrupt$ = merge(fromEvent(process, 'SIGINT'), timer(1500));

const text$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Count to a hundred, in words.' }],
  },
  options,
).pipe(abortOn(interrupt$), textDeltas());

try {
  await text$.forEach((text) => process.stdout.write(text));
} catch (error) {
  if (!(error instanceof APIUserAbortError)) throw error;
  process.stdout.write('\n[interrupted]');
}
console.log();
await close();
