/** @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts */
import '@angular/compiler';
import { provideZonelessChangeDetection } from '@angular/core';
import { itRunsInAnApplication } from './support/itRunsInAnApplication.js';

describe('in an application without zone.js', () => {
  itRunsInAnApplication([provideZonelessChangeDetection()]);

  it('there is no zone', () => {
    expect('Zone' in globalThis).toBe(false);
  });
});
