/** @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts */
import '@angular/compiler';
import * as angular from '../../src/angular/index.js';

it('rxjs-anthropic/angular exports exactly these functions', () => {
  expect(Object.keys(angular).sort()).toEqual(['httpFetch', 'injectConversation', 'messageResource']);
  expect(Object.values(angular).every((value) => typeof value === 'function')).toBe(true);
});
