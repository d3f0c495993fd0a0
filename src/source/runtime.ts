import { field, text } from '../unknown.js';

/** Says where the code runs, by what may not be there, and may be of another realm. */

/** A variable of the environment, where there is a `process`; undefined if it is empty. */
export function environment(name: string): string | undefined {
  return text(field(globalThis, 'process', 'env', name)) || undefined;
}

/** The address of the page. */
export function pageAddress(): string | undefined {
  return text(field(globalThis, 'location', 'href'));
}

/** Whether everyone who opens the page can read what is in here: in a browser, or a worker of one. */
export function isBrowser(): boolean {
  return ('window' in globalThis && 'document' in globalThis) || isWorkerOfABrowser();
}

/**
 * Servers have the globals of workers too (Cloudflare's, Deno, Bun). So it is one of a browser only if all signs say so: the
 * scope, a user agent as all browsers and no server have it, and no global of a server.
 */
function isWorkerOfABrowser(): boolean {
  const Scope = field(globalThis, 'WorkerGlobalScope');
  const agent = text(field(globalThis, 'navigator', 'userAgent'));
  const isServer =
    ['Deno', 'Bun', 'WebSocketPair', 'EdgeRuntime'].some((name) => name in globalThis) ||
    field(globalThis, 'process', 'versions', 'node') !== undefined;
  const isWorker = typeof Scope === 'function' && globalThis instanceof Scope && 'importScripts' in globalThis;
  return isWorker && !isServer && agent?.startsWith('Mozilla/') === true;
}
