/**
 * What docs/angular.md says about Angular's own `rxResource`. If one of these fails, Angular has changed, and the page is out
 * of date.
 *
 * @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts
 */
import { inContext } from './support/testBed.js';
import { signal } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { TestBed } from '@angular/core/testing';
import { finalize, NEVER, of, type Observable } from 'rxjs';
import { idleMessageState, messageState, type MessageState } from '../../src/index.js';
import { settle } from '../source/support/outcome.js';

function setUp<Params>(params: () => Params, states: (params: Params) => Observable<MessageState>) {
  let open = 0;
  inContext(() =>
    rxResource({
      params,
      stream: ({ params: question }) => {
        open += 1;
        return states(question).pipe(finalize(() => (open -= 1)));
      },
    }),
  );
  return () => open;
}

it('does not abort the request when the params become undefined', async () => {
  const question = signal<string | undefined>('Hi');
  const open = setUp(question, () => NEVER.pipe(messageState()));
  TestBed.tick();
  await settle();
  expect(open()).toBe(1);

  question.set(undefined);
  TestBed.tick();
  await settle();

  expect(open()).toBe(1);
});

it('aborts the request if the params are an object with an undefined field', async () => {
  const question = signal<string | undefined>('Hi');
  const open = setUp(
    () => ({ question: question() }),
    ({ question: asked }) => (asked === undefined ? of(idleMessageState) : NEVER.pipe(messageState())),
  );
  TestBed.tick();
  await settle();
  expect(open()).toBe(1);

  question.set(undefined);
  TestBed.tick();
  await settle();

  expect(open()).toBe(0);
});
