/** node:test: node --import tsx --test examples/testing/captions.node.spec.ts */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lastValueFrom, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { APIConnectionError, retryOnConnectionError, streamMessage } from 'rxjs-anthropic';
import { buildMessage, expectFrames, marbleEvents, messagesFetch } from 'rxjs-anthropic/testing';
import { captions } from './captions.js';

const message = buildMessage({ content: 'Good morning. How are you?' });
const params = { model: 'claude-opus-5-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] } as const;

void it('emits a caption when a sentence is complete', () => {
  new TestScheduler(expectFrames).run(({ cold, expectObservable }) => {
    const { marbles, values } = marbleEvents('     -<-[a--b-c--]$>|   ', {
      a: 'Good mor',
      b: 'ning. ',
      c: 'How are you?',
    });
    expectObservable(cold(marbles, values).pipe(captions())).toBe('---------x-----(y|)', {
      x: '1. Good morning.',
      y: '2. How are you?',
    });
  });
});

void it('retries what the API refuses', async () => {
  const fetch = messagesFetch([{ status: 529 }, { message }]);
  const event$ = streamMessage(params, { fetch, baseURL: 'http://localhost', apiKey: 'test' });
  const caption$ = event$.pipe(retryOnConnectionError({ initialDelayMs: 0 }), captions());

  assert.deepEqual(await lastValueFrom(caption$.pipe(toArray())), ['1. Good morning.', '2. How are you?']);
  assert.equal(fetch.requests.length, 2);
});

void it('fails when the connection is lost', async () => {
  const fetch = messagesFetch({ message, after: { text: 'Good', then: 'disconnect' } });
  const event$ = streamMessage(params, { fetch, baseURL: 'http://localhost', apiKey: 'test' });

  await assert.rejects(lastValueFrom(event$.pipe(captions())), APIConnectionError);
});
