/** @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts */
import 'zone.js';
import '@angular/compiler';
import { provideZoneChangeDetection } from '@angular/core';
import { itRunsInAnApplication } from './support/itRunsInAnApplication.js';

describe('in an application with zone.js', () => {
  itRunsInAnApplication([provideZoneChangeDetection()]);

  it('there is a zone', () => {
    expect('Zone' in globalThis).toBe(true);
  });
});
