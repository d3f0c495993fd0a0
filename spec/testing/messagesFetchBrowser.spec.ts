/**
 * `messagesFetch` in a page.
 *
 * @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts
 */
import { lastValueFrom } from 'rxjs';
import { finalText, fromResponse, streamMessage } from '../../src/index.js';
import { buildMessage } from '../../src/testing/buildMessage.js';
import { messagesFetch } from '../../src/testing/messagesFetch.js';

const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const message = buildMessage({ content: 'Hello' });

it('stands in for the API on the machine itself, without dangerouslyAllowBrowser', async () => {
  const fetch = messagesFetch({ message });
  const options = { fetch, baseURL: 'http://localhost', apiKey: 'test' };

  expect('document' in globalThis).toBe(true);
  expect(await lastValueFrom(streamMessage(params, options).pipe(finalText()))).toBe('Hello');
});

it('stands in for a service', async () => {
  const fetch = messagesFetch({ message }, { path: '/api/chat' });
  const response = () => fetch('/api/chat', { method: 'POST', body: '{"stream":true}' });

  expect(await lastValueFrom(fromResponse(response).pipe(finalText()))).toBe('Hello');
});
