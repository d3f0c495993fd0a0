// Interrupts an answer on Ctrl-C or after 1.5 s: unsubscribing aborts the request.
// npm run example -- interrupt
import { fromEvent, merge, takeUntil, tap, timer } from 'rxjs';
import { streamMessage, textDeltas } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('interrupt');

const interrupt$ = merge(fromEvent(process, 'SIGINT'), timer(1500)).pipe(
  tap(() => {
    process.stdout.write('\n[interrupted]');
  }),
);

const text$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Count to a hundred, in words.' }],
  },
  options,
).pipe(textDeltas(), takeUntil(interrupt$));

await text$.forEach((text) => process.stdout.write(text));
console.log();
await close();
