// Converts to a native Observable and back; ending either side stops the other one.
// npm run example -- native-observable
import { take } from 'rxjs';
import { fromNativeObservable, streamMessage, textDeltas, toNativeObservable } from 'rxjs-anthropic';
import { connectEmbedded } from './support/connect.js';
import { NativeObservable } from './support/nativeObservable.js';

const { options, server, close } = await connectEmbedded('native-observable');

// Out: aborting the signal of a consumer aborts the request.
const text$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Count to ten.' }] },
  options,
).pipe(textDeltas());
const stop = new AbortController();
let shown = '';
const stopped = await toNativeObservable(text$, NativeObservable)
  .forEach(
    (text) => {
      shown += text;
      if (shown.includes('three')) stop.abort();
    },
    { signal: stop.signal },
  )
  .catch((error: unknown) => (error as Error).name);
const request = await server?.request();
await request?.closed; // never resolves while the request is open
console.log(shown);
console.log(`[stopped: ${String(stopped)}; open requests: ${request?.hungUp === true ? 0 : 1}]`);

// In: unsubscribing stops the producer.
const numbers: number[] = [];
const native = new NativeObservable<number>((subscriber) => {
  subscriber.addTeardown(() => {
    console.log('[producer stopped]');
  });
  for (const number of [1, 2, 3]) subscriber.next(number);
});
fromNativeObservable(native)
  .pipe(take(2))
  .subscribe((number) => numbers.push(number));
console.log(`[${numbers.join(', ')}]`);
await close();
