import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { launchChromium } from '../support/chromium.js';
import type { Check } from './check.js';

const root = resolve(import.meta.dirname, '../..');

/** Runs in the page, with the platform's Observable. Notes what happens, in order. */
const PROGRAM = `
import { Observable as RxObservable, take } from 'rxjs';
import { fromNativeObservable, fromResponse, textDeltas, toNativeObservable } from 'rxjs-anthropic';
import { buildMessage, eventsOf, sseOf } from 'rxjs-anthropic/testing';

const events = eventsOf(buildMessage({ content: 'Hello' }), { deltaLength: 1 });
const bodyOf = (list) => new Response(sseOf(list), { headers: { 'content-type': 'text/event-stream' } });
const textOf = (list) => toNativeObservable(fromResponse(() => bodyOf(list)).pipe(textDeltas()), Observable);

globalThis.report = async () => {
  const log = [];
  const native = textOf(events);
  log.push(native instanceof Observable, (await native.map((text) => text.toUpperCase()).toArray()).join(''));
  log.push(await textOf(events.slice(0, 4)).toArray().catch(({ name }) => name));

  const consumer = new AbortController();
  const forever$ = new RxObservable(() => () => log.push('source unsubscribed'));
  toNativeObservable(forever$, Observable).subscribe({}, { signal: consumer.signal });
  consumer.abort();
  log.push('aborted');

  const seen = [];
  const counting = new Observable((subscriber) => {
    subscriber.addTeardown(() => seen.push('producer stopped'));
    for (let value = 0; subscriber.active && value < 100; value += 1) subscriber.next(value);
  });
  fromNativeObservable(counting).pipe(take(2)).subscribe((value) => seen.push(value));
  log.push(seen.join());

  const clicks = [];
  const subscription = fromNativeObservable(document.body.when('click')).subscribe(({ type }) => clicks.push(type));
  document.body.click();
  subscription.unsubscribe();
  document.body.click();
  log.push(clicks.join());
  return log;
};
`;

export const nativeObservableChecks: readonly Check[] = [
  {
    name: "the browser's own Observables go in and out, with errors, and with cancellation in both directions",
    run: async () => {
      const { outputFiles } = await build({
        stdin: { contents: PROGRAM, resolveDir: root, loader: 'js' },
        tsconfigRaw: {}, // not the paths of the project's, so that the program imports what was built
        bundle: true,
        write: false,
        platform: 'browser',
        format: 'iife',
        logLevel: 'error',
      });
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        assert.equal(await page.evaluate('typeof Observable'), 'function', 'This Chromium has no native Observable.');
        await page.evaluate(outputFiles[0]?.text ?? '');
        assert.deepEqual(await page.evaluate('report()'), [
          true,
          'HELLO',
          'IncompleteMessageError',
          'source unsubscribed',
          'aborted',
          '0,1,producer stopped',
          'click',
        ]);
      } finally {
        await browser.close();
      }
    },
  },
];
