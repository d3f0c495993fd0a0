/** A program that loads the package as an ES module and as CommonJS has two copies of every class. */
import { join } from 'node:path';
import { Module } from 'node:module';
import { inspect } from 'node:util';
import { build } from 'esbuild';
import { firstValueFrom, map, of } from 'rxjs';
import * as ours from '../../src/index.js';
import { LeaseLostError } from '../../src/relay/index.js';

type Library = typeof ours;
type Relay = typeof import('../../src/relay/index.js');

let theirs: Library;
let theirRelay: Relay;

beforeAll(async () => {
  const root = join(__dirname, '../..');
  const { outputFiles } = await build({
    stdin: {
      contents: `export * as library from './src/index.ts'; export * as relay from './src/relay/index.ts';`,
      resolveDir: root,
    },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    write: false,
    minify: true, // the names of the classes are then lost
  });
  const copy = new Module(join(root, 'copy.cjs')) as InstanceType<typeof Module> & {
    paths: string[];
    _compile(code: string, file: string): void;
  };
  copy.paths = [join(root, 'node_modules')];
  copy._compile(outputFiles[0]?.text ?? '', join(root, 'copy.cjs'));
  const exported = copy.exports as { library: Library; relay: Relay };
  theirs = exported.library;
  theirRelay = exported.relay;
});

const BASES: Readonly<Record<string, readonly string[]>> = {
  AnthropicError: [],
  APIError: ['AnthropicError'],
  APIUserAbortError: ['APIError', 'AnthropicError'],
  APIConnectionError: ['APIError', 'AnthropicError'],
  APIConnectionTimeoutError: ['APIConnectionError', 'APIError', 'AnthropicError'],
  APIStatusError: ['APIError', 'AnthropicError'],
  RateLimitError: ['APIStatusError', 'APIError', 'AnthropicError'],
  OverloadedError: ['InternalServerError', 'APIStatusError', 'APIError', 'AnthropicError'],
  InvalidEventError: ['AnthropicError'],
  InvalidOutputError: ['AnthropicError'],
  JsonTextError: [],
};

type ErrorClass = new (message: string, options: never) => Error;

const classesOf = (library: Library): ErrorClass[] =>
  Object.values<unknown>(library).filter(
    (value): value is ErrorClass => typeof value === 'function' && value.prototype instanceof Error,
  );

const create = (Class: ErrorClass): Error =>
  new Class('failed', { status: 429, position: 0, data: '', text: '', excerpt: '' } as never);

describe('an error of another copy', () => {
  it('has classes of its own', () => {
    expect(theirs.APIError).not.toBe(ours.APIError);
  });

  it.each(Object.keys(BASES))(
    '%s is an instance of its own class and of those that it extends, and of no other',
    (name) => {
      const error = create(theirs[name as 'APIError']);

      const recognised = classesOf(ours).filter((Class) => error instanceof Class);

      expect(new Set(recognised.map((Class) => (Class.prototype as Error).name))).toEqual(
        new Set([name, ...(BASES[name] ?? [])]),
      );
    },
  );

  it('is recognised in both directions', () => {
    expect(new ours.RateLimitError('slow', { status: 429 })).toBeInstanceOf(theirs.APIStatusError);
  });

  it('is recognised if its class belongs to another entry', () => {
    expect(new theirRelay.LeaseLostError('s')).toBeInstanceOf(LeaseLostError);
    expect(new theirRelay.LeaseLostError('s')).toBeInstanceOf(ours.AnthropicError);
    expect(new theirRelay.LeaseLostError('s')).not.toBeInstanceOf(ours.APIError);
  });

  it('gets the message so far as its partial', async () => {
    const failure = new theirs.APIConnectionError('The connection was lost.');
    const start = { type: 'message_start', message: { id: 'msg_1', content: [], usage: {} } };
    const source = of(start, undefined).pipe(
      map((event) => {
        if (event === undefined) throw failure;
        return event as never;
      }),
    );

    await expect(firstValueFrom(source.pipe(ours.finalMessage()))).rejects.toBe(failure);
    expect(failure.partial).toMatchObject({ id: 'msg_1' });
  });

  it('is retried as one of this copy is', () => {
    expect(ours.isRetryable(new theirs.OverloadedError('busy', { status: 529 }))).toBe(true);
    expect(ours.isRetryable(new theirs.APIUserAbortError('aborted'))).toBe(false);
  });
});

describe('a subclass that a program declares', () => {
  it('has only its own instances', () => {
    class QuotaError extends ours.RateLimitError {}

    expect(new QuotaError('none', { status: 429 })).toBeInstanceOf(QuotaError);
    expect(new ours.RateLimitError('slow', { status: 429 })).not.toBeInstanceOf(QuotaError);
    expect(new theirs.RateLimitError('slow', { status: 429 })).not.toBeInstanceOf(QuotaError);
  });

  it('with a name of its own has only its own instances', () => {
    class QuotaError extends ours.RateLimitError {
      override get name(): never {
        return 'QuotaError' as never;
      }
    }

    expect(new theirs.RateLimitError('slow', { status: 429 })).not.toBeInstanceOf(QuotaError);
    expect(new ours.RateLimitError('slow', { status: 429 })).not.toBeInstanceOf(QuotaError);
  });

  it('is an instance of the classes of another copy that it extends', () => {
    class QuotaError extends theirs.RateLimitError {}
    const error = new QuotaError('none', { status: 429 });

    expect(error).toBeInstanceOf(ours.RateLimitError);
    expect(error).toBeInstanceOf(ours.APIError);
    expect(error).not.toBeInstanceOf(ours.OverloadedError);
  });

  it('is not an instance of a class of this copy that it only shares its name with', () => {
    class OverloadedError extends ours.AnthropicError {
      override get name(): string {
        return 'OverloadedError';
      }
    }

    expect(new OverloadedError('mine')).not.toBeInstanceOf(ours.OverloadedError);
    expect(new OverloadedError('mine')).not.toBeInstanceOf(theirs.OverloadedError);
  });
});

describe('what is not an error of the package', () => {
  class RateLimitError extends Error {
    override get name(): string {
      return 'RateLimitError';
    }
  }

  it.each([
    ['an unrelated class of the same name', new RateLimitError('slow')],
    ['an object with the fields of an error', { name: 'AnthropicError', message: 'failed' }],
    ['an Error', new Error('failed')],
    ['a string', 'AnthropicError'],
    ['null', null],
    ['undefined', undefined],
    ['an object without a prototype', Object.create(null)],
  ])('%s', (_, value: unknown) => {
    for (const Class of classesOf(ours)) expect(value instanceof Class).toBe(false);
  });
});

it('the mark of an error is not visible', () => {
  const error = new ours.APIError('failed');

  expect(inspect(error)).not.toContain('rxjs-anthropic.error');
  expect(Reflect.ownKeys(Object.assign({}, error)).filter((key) => typeof key === 'symbol')).toEqual([]);
  expect(JSON.stringify(error)).not.toContain('rxjs-anthropic');
});
