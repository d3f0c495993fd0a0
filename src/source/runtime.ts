/** Detects where the code runs. Reads globals that may be missing, and may come from another realm. */
import { readPath, asString } from '../utils/inspect.js';

/** Returns an environment variable. Returns an empty string if it is not set, or if there is no `process`. */
export function readEnvironment(name: string): string {
  return asString(readPath(globalThis, 'process', 'env', name)) ?? '';
}

/** Returns the address of the page, if there is one. */
export function readPageAddress(): string | undefined {
  return asString(readPath(globalThis, 'location', 'href'));
}

/** Parses a URL, which may be relative to `base`. Returns undefined if it is invalid. */
export function parseURL(address: string, base?: string | URL): URL | undefined {
  return URL.canParse(address, base) ? new URL(address, base) : undefined;
}

/** Whether an address is of the machine itself: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether the code runs in a browser's page or worker, where every visitor can read a key. */
export function isBrowser(): boolean {
  return isPage() || (isWorker() && hasBrowserUserAgent() && !isServer());
}

function isPage(): boolean {
  return 'window' in globalThis && 'document' in globalThis;
}

/** Whether the global object is a worker's. Cloudflare, Deno and Bun imitate it on servers. */
function isWorker(): boolean {
  const Scope = readPath(globalThis, 'WorkerGlobalScope');
  return typeof Scope === 'function' && globalThis instanceof Scope && 'importScripts' in globalThis;
}

/** Whether the user agent begins with `Mozilla/`, as it does in every browser and in no server runtime. */
function hasBrowserUserAgent(): boolean {
  return asString(readPath(globalThis, 'navigator', 'userAgent'))?.startsWith('Mozilla/') === true;
}

/** Whether there is a global that only server runtimes have. */
function isServer(): boolean {
  const hasServerGlobal = ['Deno', 'Bun', 'WebSocketPair', 'EdgeRuntime'].some((name) => name in globalThis);
  return hasServerGlobal || readPath(globalThis, 'process', 'versions', 'node') !== undefined;
}
