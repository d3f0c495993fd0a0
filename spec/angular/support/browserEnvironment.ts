import { TestEnvironment } from 'jest-environment-jsdom';

/** What jsdom lacks, or has in a form that Node's `fetch` does not accept. */
const NODE_GLOBALS = [
  'AbortController',
  'AbortSignal',
  'ArrayBuffer',
  'Headers',
  'ReadableStream',
  'Request',
  'Response',
  'TextDecoder',
  'TextEncoder',
  'TransformStream',
  'Uint8Array',
  'fetch',
  'structuredClone',
] as const;

/** A page in jsdom, with the `fetch` of Node. */
export default class BrowserEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.dom?.virtualConsole.removeAllListeners('jsdomError'); // failed requests, which specs expect
    for (const name of NODE_GLOBALS) Object.assign(this.global, { [name]: globalThis[name] });
  }
}
