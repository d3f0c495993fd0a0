/**
 * How an application tests its chat: see "Tests" in docs/angular.md.
 *
 * @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts
 */
import { configure } from './support/testBed.js';
import { HttpEventType, HttpHeaderResponse, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting, type TestRequest } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { buildMessage, eventsOf, sseOf } from '../../src/testing/index.js';
import { settle } from '../source/support/outcome.js';
import { SERVICE } from './support/answerApplication.js';
import { ChatApplication } from './support/chatApplication.js';

const events = eventsOf(buildMessage({ content: 'Hello there.' }));

/** Sends a question. Returns the request, and a function that returns what the page then shows. */
async function ask() {
  configure([provideHttpClient(), provideHttpClientTesting(), { provide: SERVICE, useValue: '' }]);
  const fixture = TestBed.createComponent(ChatApplication);
  fixture.componentInstance.chat.send('Hi');
  await settle();
  const request: TestRequest = TestBed.inject(HttpTestingController).expectOne('/v1/messages');
  const shown = async (): Promise<string | null> => {
    await settle();
    fixture.detectChanges();
    const element: unknown = fixture.nativeElement;
    return element instanceof Element ? element.textContent : null;
  };
  return { fixture, request, shown };
}

it('HttpTestingController answers step by step', async () => {
  const { request, shown } = await ask();

  expect(request.request).toMatchObject({ method: 'POST', body: expect.stringContaining('"content":"Hi"') as string });

  request.event(new HttpHeaderResponse({ status: 200 }));
  request.event({ type: HttpEventType.DownloadProgress, loaded: 0, partialText: sseOf(events.slice(0, 3)) });
  expect(await shown()).toContain('streaming');

  request.flush(sseOf(events));
  expect(await shown()).toContain('Hello there.done');
});

it('HttpTestingController loses the connection', async () => {
  const { fixture, request, shown } = await ask();
  request.error(new ProgressEvent('error'));

  expect(await shown()).toContain('error');
  expect(fixture.componentInstance.chat.error()).toMatchObject({ name: 'APIConnectionError', retryable: true });
});

it('HttpTestingController sees that the request was cancelled', async () => {
  const { fixture, request, shown } = await ask();
  fixture.componentInstance.chat.stop();

  expect(request.cancelled).toBe(true);
  expect(await shown()).toContain('aborted');
});
