import { inspect } from 'node:util';
import { AuthenticationError, InvalidEventError } from '../../src/index.js';
import { redact, collectSecrets } from '../../src/source/redact.js';
import { buildMessage } from '../../src/testing/index.js';

const KEY = 'sk-ant-api03-"M4rked"/K3y+0123456789';
const all = (value: unknown): string => inspect(value, { depth: Infinity, showHidden: true });

describe('redact', () => {
  it.each<[string, unknown]>([
    ['a text', `invalid: ${KEY}!`],
    ['an error', new Error(`invalid ${KEY}`)],
    ['a cause, far down', new Error('a', { cause: new Error('b', { cause: { deep: [[{ er: KEY }]] } }) })],
    ['a field', Object.assign(new Error('x'), { request: { headers: { authorization: `Bearer ${KEY}` } } })],
    ['the name of a field', { [KEY]: 1 }],
    ['headers', new Headers({ echo: KEY })],
    ['a Map', new Map([['key', KEY]])],
    ['a Set in an array', [new Set([KEY])]],
    ['a Request', new Request('http://localhost', { headers: { 'x-api-key': KEY } })],
    ['bytes', { sent: new TextEncoder().encode(KEY) }],
    ['JSON in a text', `body: ${JSON.stringify({ key: KEY })}`],
    ['a URL in a text', `http://localhost/?key=${encodeURIComponent(KEY)}`],
    ['a quote that was cut at its end', `Unexpected token: ${KEY.slice(0, 20)}…`],
    ['a quote that was cut at both ends', `...${KEY.slice(5, 24)}...`],
    ['a DOMException', new DOMException(`aborted ${KEY}`, 'AbortError')],
  ])('removes a secret from %s', (_, value) => {
    const redacted = redact(value, [KEY]);
    const shown = all(redacted) + String(redacted instanceof Error ? redacted.stack : JSON.stringify(redacted));

    expect(shown).toContain('[redacted]');
    for (let at = 0; at + 12 <= KEY.length; at += 1) expect(shown).not.toContain(KEY.slice(at, at + 12));
  });

  it('preserves the class, the fields and the behaviour of an error', () => {
    const headers = new Headers({ 'retry-after': '3', echo: KEY });
    const partial = buildMessage({ content: `You said ${KEY}` });
    const error = new AuthenticationError(`401: ${KEY}`, { status: 401, requestID: 'req_1', headers, partial });
    const redacted = redact(error, [KEY]);

    expect(redacted).toBeInstanceOf(AuthenticationError);
    expect(redacted).toMatchObject({ name: 'AuthenticationError', status: 401, requestID: 'req_1', retryable: false });
    expect(redacted.message).toBe('401: [redacted]');
    expect(redacted.retryAfterMs).toBe(3000);
    expect(redacted.partial).toBe(partial);
    expect(Object.keys(redacted)).toEqual(Object.keys(error));
    expect(error.message).toBe(`401: ${KEY}`);
  });

  it('redacts a field that is named partial but is not an error’s', () => {
    expect(redact({ partial: KEY }, [KEY])).toEqual({ partial: '[redacted]' });
  });

  it('preserves arrays and their other items', () => {
    const redacted = redact({ list: [KEY, 1, [2, KEY], undefined] }, [KEY]);

    expect(redacted).toStrictEqual({ list: ['[redacted]', 1, [2, '[redacted]'], undefined] });
    expect(JSON.stringify(redacted)).toBe('{"list":["[redacted]",1,[2,"[redacted]"],null]}');
  });

  it('omits a header whose name is a secret, and preserves the others', () => {
    const headers = new Headers([
      ['secret-as-a-name', '1'],
      ['set-cookie', 'a=b'],
      ['set-cookie', 'c=secret-as-a-name'],
      ['x-other', '2'],
    ]);

    expect([...redact({ headers }, ['secret-as-a-name']).headers]).toEqual([
      ['set-cookie', 'a=b'],
      ['set-cookie', 'c=[redacted]'],
      ['x-other', '2'],
    ]);
  });

  it('copies a DOMException to an Error', () => {
    const redacted = redact(new DOMException(KEY, 'AbortError'), [KEY]);

    expect(redacted).toBeInstanceOf(Error);
    expect(redacted).toMatchObject({ name: 'AbortError', message: '[redacted]' });
  });

  it('returns a value without secrets itself, also inside a copy', () => {
    const cause = new Error('other');
    const error = new InvalidEventError('x', { position: 1, data: KEY, cause });

    expect(redact(cause, [KEY])).toBe(cause);
    expect(redact(error, [KEY]).cause).toBe(cause);
    expect(redact(error, [])).toBe(error);
  });

  it('preserves cycles, and ignores getters that throw', () => {
    const loop: Record<string, unknown> = { key: KEY };
    loop['self'] = loop;
    Object.defineProperty(loop, 'trap', {
      enumerable: true,
      get: () => {
        throw new Error(KEY);
      },
    });
    const redacted = redact(loop, [KEY]);

    expect(redacted).toEqual({ key: '[redacted]', self: redacted });
    expect(redacted['self']).toBe(redacted);
  });

  it('preserves the structure around a secret that is 100 levels deep', () => {
    const nest = (value: unknown, depth: number): unknown =>
      depth === 0 ? value : { value: nest(value, depth - 1), beside: depth };

    expect(redact(nest(KEY, 99), [KEY])).toEqual(nest('[redacted]', 99));
  });

  it('searches every value once, however deeply it is nested', () => {
    let reads = 0;
    let nested: unknown = KEY;
    for (let depth = 0; depth < 90; depth += 1) {
      const inner = nested;
      nested = {
        get inner() {
          reads += 1;
          return inner;
        },
      };
    }

    expect(all(redact(nested, [KEY]))).toContain('[redacted]');
    expect(reads).toBeLessThanOrEqual(90 * 2); // to search, and to copy
  });

  it('preserves numbers and texts beyond the values that are searched', () => {
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `row ${id}`, ok: true }));
    const copy = redact({ rows, key: KEY }, [KEY]);

    expect(copy).toEqual({ rows, key: '[redacted]' });
  });

  it('hides a secret behind more values than are searched', () => {
    const many = { list: Array.from({ length: 20_000 }, (_, i) => ({ i })), key: KEY };

    expect(all(redact(many, [KEY]))).not.toContain(KEY);
  });

  it('redacts a value that is nested too deeply for the stack', () => {
    const depth = 20_000;
    const deep: unknown = JSON.parse(`${'['.repeat(depth)}${JSON.stringify(KEY)}${']'.repeat(depth)}`);

    expect(all(redact({ deep, other: [KEY, 1] }, [KEY]))).not.toContain(KEY);
    expect(redact({ deep, other: [KEY, 1] }, [KEY]).other).toEqual(['[redacted]', 1]);
  });

  it('redacts a secret that contains another one completely', () => {
    expect(redact(`invalid ${KEY}.`, [`Bearer ${KEY}`, KEY])).toBe('invalid [redacted].');
  });

  it('recognizes a short secret only as a whole', () => {
    expect(redact('a 12345678 b 1234567 c', ['12345678'])).toBe('a [redacted] b 1234567 c');
  });
});

describe('secretsOf', () => {
  it.each<[string, Iterable<readonly [string, unknown]>, string | undefined, string[]]>([
    [
      'headers by their names',
      [
        ['X-Api-Key', '12345678'],
        ['accept', 'text/event-stream'],
      ],
      undefined,
      ['12345678', '12345678'],
    ],
    ['a token without its scheme', [['authorization', 'Bearer abcdefgh']], undefined, ['Bearer abcdefgh', 'abcdefgh']],
    ['parameters of the address', [], '/relative?api_key=abcdefgh&page=12345678', ['abcdefgh', 'abcdefgh']],
    ['the password of the address', [], 'http://user:abcdefgh@localhost', ['abcdefgh', 'abcdefgh']],
    ['nothing that is short', [['x-api-key', '1234567']], 'http://u:p@localhost', []],
    ['nothing from an invalid address', [], 'http://', []],
  ])('collects %s', (_, headers, url, secrets) => {
    expect(collectSecrets(headers, url)).toEqual(secrets);
  });
});
