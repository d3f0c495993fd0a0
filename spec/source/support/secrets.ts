import { inspect } from 'node:util';

export const key = 'sk-ant-api03-Telltale+0123456789/abcdefghij_KLMNOP==';

/** How a key may be written. */
const WRITTEN = [
  ...Array.from({ length: key.length - 11 }, (_, at) => key.slice(at, at + 12)),
  encodeURIComponent(key).slice(20, 40),
];

/** What of a text is the key's. */
export const keyIn = (text: string) => WRITTEN.filter((written) => text.includes(written));

/** All texts that can be read from a value. */
function textsOf(value: unknown): string[] {
  const seen = new Set<unknown>();
  const texts = [String(value), inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null })];
  try {
    texts.push(JSON.stringify(value));
  } catch {
    texts.push(''); // where fetch's error goes round, its copy does
  }
  const walk = (one: unknown): void => {
    if (typeof one === 'string' || typeof one === 'symbol') texts.push(String(one));
    if ((typeof one !== 'object' && typeof one !== 'function') || one === null || seen.has(one)) return;
    seen.add(one);
    for (const name of Reflect.ownKeys(one)) {
      walk(name);
      walk(Reflect.get(one, name));
    }
    if (one instanceof Error) [one.name, one.message, one.stack, one.cause].forEach(walk);
    if (one instanceof Headers || one instanceof Map || one instanceof Set) [...one].forEach(walk);
  };
  walk(value);
  return texts;
}

export function expectNoKey(values: readonly unknown[]): void {
  for (const value of values) expect(textsOf(value).flatMap(keyIn)).toEqual([]);
}

type Fetch = typeof globalThis.fetch;

export type Answer = (url: string, init: RequestInit) => Response | Promise<Response>;

export const fetchOf =
  (answer: Answer): Fetch =>
  async (url, init = {}) =>
    answer(url instanceof Request ? url.url : url.toString(), init);

const CONSOLE_METHODS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const;

/** Expects that no test of the spec writes to the console. Removes the key from the environment. */
export function expectSilentConsole(): void {
  const environment = { ...process.env };
  let logged: jest.SpyInstance[] = [];

  beforeEach(() => {
    delete process.env['ANTHROPIC_API_KEY'];
    logged = CONSOLE_METHODS.map((method) => jest.spyOn(console, method).mockImplementation(() => undefined));
  });

  afterEach(() => {
    process.env = { ...environment };
    for (const spy of logged) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
}
