/** Imported first by the specs that use `TestBed`. Angular compiles components and services while they run. */
import '@angular/compiler';
import { getTestBed, TestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

getTestBed().initTestEnvironment(BrowserTestingModule, platformBrowserTesting());

/** Runs a function in the injection context of a new application with these providers. */
export function inContext<T>(
  create: () => T,
  providers: Parameters<typeof TestBed.configureTestingModule>[0]['providers'] = [],
): T {
  TestBed.configureTestingModule({ providers });
  return TestBed.runInInjectionContext(create);
}
