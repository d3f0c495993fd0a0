import { readPath, asString } from '../utils/inspect.js';

/** Says where the code runs, by what may not be there, and may be of another realm. */

/** A variable of the environment, where there is a `process`; empty if there is none. */
export function environment(name: string): string {
  return asString(readPath(globalThis, 'process', 'env', name)) ?? '';
}

/** The address of the page. */
export function pageAddress(): string | undefined {
  return asString(readPath(globalThis, 'location', 'href'));
}

/** An address, which may be relative to another; undefined if it is none. */
export function parseURL(address: string, base?: string | URL): URL | undefined {
  return URL.canParse(address, base) ? new URL(address, base) : undefined;
}

/**
 * Whether everyone who opens the page can read what is in here: in a browser, or a worker of one. Servers have the globals of
 * workers too (Cloudflare's, Deno, Bun). So it is a worker of a browser only if all signs say so: the scope, a user agent as
 * all browsers and no server have it, and no global of a server.
 */
export function isBrowser(): boolean {
  const Scope = readPath(globalThis, 'WorkerGlobalScope');
  return (
    ('window' in globalThis && 'document' in globalThis) ||
    (typeof Scope === 'function' &&
      globalThis instanceof Scope &&
      'importScripts' in globalThis &&
      asString(readPath(globalThis, 'navigator', 'userAgent'))?.startsWith('Mozilla/') === true &&
      !['Deno', 'Bun', 'WebSocketPair', 'EdgeRuntime'].some((name) => name in globalThis) &&
      readPath(globalThis, 'process', 'versions', 'node') === undefined)
  );
}
