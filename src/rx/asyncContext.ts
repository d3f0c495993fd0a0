import { readPath } from '../utils/inspect.js';

/** Calls a function in a captured context, and returns its result. */
export type RunInContext = <Result>(callback: () => Result) => Result;

/**
 * Captures the context of the runtime's asynchronous calls, in which tracing libraries keep the current span. A callback
 * of a response otherwise runs in the context of that response. Where the runtime has no such context, such as in a
 * browser, callbacks are simply called.
 *
 * The module is looked up at run time, since the main entry imports no module of Node.js.
 */
export function captureContext(): RunInContext {
  const process: unknown = Reflect.get(globalThis, 'process');
  const getModule = readPath(process, 'getBuiltinModule');
  const hooks: unknown = typeof getModule === 'function' ? getModule.call(process, 'node:async_hooks') : undefined;
  const storage = readPath(hooks, 'AsyncLocalStorage');
  return hasSnapshot(storage) ? storage.snapshot() : (callback) => callback();
}

function hasSnapshot(storage: unknown): storage is { snapshot(): RunInContext } {
  return typeof readPath(storage, 'snapshot') === 'function';
}
