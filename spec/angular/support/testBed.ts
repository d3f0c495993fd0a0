/** Imported first by the specs that use `TestBed`. Angular compiles components and services while they run. */
import '@angular/compiler';
import { provideZonelessChangeDetection } from '@angular/core';
import { getTestBed, TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

getTestBed().initTestEnvironment(BrowserTestingModule, platformBrowserTesting());

type Providers = Parameters<typeof TestBed.configureTestingModule>[0]['providers'];

/** Begins an application without zone.js, with these providers. */
export function configure(providers: Providers = []): void {
  TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection(), providers] });
}

/** Runs a function in the injection context of a new application with these providers. */
export function inContext<T>(create: () => T, providers: Providers = []): T {
  configure(providers);
  return TestBed.runInInjectionContext(create);
}
