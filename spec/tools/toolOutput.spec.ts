import { Readable } from 'node:stream';
import { from, lastValueFrom, of, Subject, throwError, toArray } from 'rxjs';
import { z } from 'zod';
import { defineTool, runTools, toAsyncIterable, type Tool, type ToolResultParam } from '../../src/index.js';
import type { ToolOutput } from '../../src/tools/defineTool.js';
import { blockStart, inputJsonDelta, messageStart } from '../support/events.js';
import { tool } from './support/run.js';
import { Answers, call, letters, params } from './support/turns.js';

/** The result that is sent for a tool that returns or throws this, and the events of the call. */
async function run(output: () => ToolOutput): Promise<{ result: ToolResultParam; progress: unknown[] }> {
  const answers = new Answers({ content: [call('a')] }, {});
  const run$ = runTools(params, { tools: [tool('a', output)], request: answers.request });
  const events = await lastValueFrom(run$.pipe(toArray()));
  const results = events.flatMap((event) => (event.type === 'tool_result' ? [event.result] : []));
  const [result] = results;
  if (result === undefined || results.length > 1) throw new Error('not one result');
  return { result, progress: events.flatMap((event) => (event.type === 'tool_progress' ? [event.value] : [])) };
}

const text = (words: string) => ({ type: 'text', text: words });
const image = { type: 'image', source: { type: 'url', url: 'https://x/y.png' } };

describe('what a tool returns', () => {
  it.each<[string, () => ToolOutput]>([
    ['a promise of an Observable', () => Promise.resolve(from([1, 2, 3]))],
    [
      'an async generator',
      async function* () {
        yield* [await Promise.resolve(1), 2, 3];
      },
    ],
    [
      'a promise of an async generator',
      () =>
        Promise.resolve(
          (async function* () {
            yield* [await Promise.resolve(1), 2, 3];
          })(),
        ),
    ],
    ['an async iterable', () => toAsyncIterable(of(1, 2, 3))],
    [
      'a generator',
      function* () {
        yield* [1, 2, 3];
      },
    ],
  ])('is followed: %s', async (_, output) => {
    const { result, progress } = await run(output);

    expect(result).toEqual({ type: 'tool_result', tool_use_id: 'id_a', content: '3' });
    expect(progress.slice(0, 2)).toEqual([1, 2]);
  });

  it('is what a generator returns, after what it yields', async () => {
    const { result, progress } = await run(async function* () {
      yield 'looking';
      return Promise.resolve('found');
    });

    expect([progress[0], result.content]).toEqual(['looking', 'found']);
  });

  it('ends a generator that the run has left', async () => {
    let hasEnded = false;
    const generator = async function* () {
      try {
        for (;;) yield await Promise.resolve('more');
      } finally {
        hasEnded = true;
      }
    };
    const { request } = new Answers({ content: [call('a')] });
    const run$ = runTools(params, { tools: [tool('a', generator)], request });
    for await (const event of toAsyncIterable(run$)) if (event.type === 'tool_progress') break;
    await new Promise((resolve) => setImmediate(resolve));

    expect(hasEnded).toBe(true);
  });

  class Methods {
    readonly run = () => 1;
  }

  class Empty {
    readonly #hidden = 1;

    get size(): number {
      return this.#hidden;
    }
  }
  it.each<[string, unknown, string]>([
    ['an Error', new TypeError('No such city.'), 'No such city.'],
    ['a Map', new Map([['a', 1]]), 'type Map'],
    ['a Set', new Set([1]), 'type Set'],
    ['a Response', new Response('x'), 'type Response'],
    ['a stream', new ReadableStream(), 'type ReadableStream'],
    ['bytes', new Uint8Array(3), 'type Uint8Array'],
    ['an ArrayBuffer', new ArrayBuffer(3), 'type ArrayBuffer'],
    ['a RegExp', /a/, 'type RegExp'],
    ['a class without fields', new Empty(), 'type Empty'],
    ['a function', () => 1, 'type function'],
    ['a symbol', Symbol('a'), 'type symbol'],
    ['a Map in an object', { items: new Map() }, 'type Map'],
    ['an Error in a list', [new Error('x')], 'type Error'],
    ['a promise in an object', { later: Promise.resolve(1) }, 'type Promise'],
    ['an Observable in an object', { later: of(1) }, 'type Observable'],
    ['a Subject in an object', { later: new Subject() }, 'type Subject'],
    ['a stream of Node', Readable.from(['x']), 'type Readable'],
    ['bytes of Node', Buffer.from('x'), 'type Buffer'],
    ['bytes of Node in an object', { file: Buffer.from('x') }, 'type Buffer'],
    ['a class with methods only', new Methods(), 'type Methods'],
  ])('makes the call fail if it cannot be sent: %s', async (_, output, message) => {
    for (const returned of [() => output, () => Promise.resolve(output), () => of(output)]) {
      expect((await run(returned)).result).toMatchObject({
        content: expect.stringContaining(message) as unknown,
        is_error: true,
      });
    }
  });

  it.each<[unknown, string]>([
    [{}, '{}'],
    [[], '[]'],
    [null, 'null'],
    [Object.create(null), '{}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ at: new URL('https://a/b') }, '{"at":"https://a/b"}'],
  ])('is sent as JSON if it has such a form: %p', async (output, json) => {
    expect((await run(() => output)).result.content).toBe(json);
  });

  it.each<[unknown, unknown]>([
    ['', undefined],
    [' \n', undefined],
    [[text('')], undefined],
    [
      [text(' '), image, text('x')],
      [image, text('x')],
    ],
  ])('is sent without blank text: %j', async (output, content) => {
    expect((await run(() => output)).result.content).toEqual(content);
  });
});

describe('the blocks that a tool returns or throws', () => {
  it.each<[string, (blocks: readonly object[]) => ToolOutput]>([
    ['returns', (blocks) => blocks],
    ['throws', (blocks) => Promise.reject(Object.assign(new Error('x'), { content: blocks }))],
  ])('do not change the conversation if the tool %s them again with other text', async (_, finish) => {
    const blocks = [{ type: 'text', text: '' }];
    let count = 0;
    const counter = tool('a', () => {
      Object.assign(blocks[0] ?? {}, { text: `call ${++count}` });
      return finish(blocks);
    });
    const turn = { content: [call('a')] };
    const end = await lastValueFrom(
      runTools(params, { tools: [counter], request: new Answers(turn, turn, {}).request }),
    );

    expect(JSON.stringify(end).match(/call \d/g)).toEqual(['call 1', 'call 2']);
  });
});

describe('what a tool throws', () => {
  const withContent = (content: unknown) => Object.assign(new Error('[image]'), { name: 'ToolError', content });

  it.each<[unknown, unknown]>([
    [withContent([text('Look:'), image]), [text('Look:'), image]],
    [withContent([text(''), image]), [image]],
    [withContent([text('')]), '[image]'],
    [withContent('Blurred.'), '[image]'],
    [new Error(' \n'), 'The tool failed.'],
    ['', 'The tool failed.'],
    [undefined, 'The tool failed.'],
  ])('is sent with its blocks, and never blank (%#)', async (error, content) => {
    // eslint-disable-next-line rxjs-x/throw-error -- a tool may throw anything
    const { result } = await run(() => throwError(() => error));

    expect(result).toEqual({ type: 'tool_result', tool_use_id: 'id_a', content, is_error: true });
  });
});

describe('what a tool receives', () => {
  const input = { city: 'Paris', days: [1], ['__proto__']: 'own' };
  /** Modifies everything that it receives. */
  const modify = ({ city }: { readonly city: string }, given: object, toolUse: { readonly input: unknown }): string => {
    Object.assign(given, { city: 'Rome' });
    Object.assign(toolUse.input as object, { city: 'Oslo' });
    return city;
  };
  const weather = (schema: z.ZodType<{ city: string }>): Tool<{ city: string }> =>
    defineTool({
      name: 'weather',
      input: schema,
      inputSchema: { type: 'object' },
      run: (value, { toolUse }) => modify({ ...value }, value, toolUse),
    });

  it.each<[string, z.ZodType<{ city: string }>]>([
    ['any value', z.any()],
    ['any other field', z.object({ city: z.string() }).catchall(z.any())],
  ])('is its own value, which it may modify, with a schema of %s', async (_, schema) => {
    const answers = new Answers({ content: [call('weather', input)] }, {});
    const run$ = runTools(params, { tools: [weather(schema)], request: answers.request });
    const end = await lastValueFrom(run$);
    const sent = answers.asked[1]?.messages.at(-2)?.content;

    expect(sent).toEqual([call('weather', input)]);
    expect(end).toMatchObject({ messages: answers.asked[1]?.messages });
    expect(answers.asked[1]?.messages.at(-1)?.content).toMatchObject([{ content: 'Paris' }]);
  });

  it('keeps a field of the name __proto__', async () => {
    let received: unknown;
    const own = tool('weather', ({ toolUse }) => {
      received = toolUse.input;
    });
    const { request } = new Answers({ content: [call('weather', input)] }, {});
    await lastValueFrom(runTools(params, { tools: [own], request }));

    expect(Object.keys(received as object)).toContain('__proto__');
  });
});

describe('a call without arguments', () => {
  const { s, a, m, z: stop } = letters;

  it.each([
    ['has none', undefined, []],
    ['is null', null, []],
    ['is an empty text', {}, ['']],
    ['is white space', {}, [' ', '\n']],
    ['is white space, and was null', null, [' ']],
  ])('runs with an empty input if its input %s', async (_, input, fragments) => {
    const deltas = fragments.map((fragment) => inputJsonDelta(fragment));
    const answers = new Answers(of(s, blockStart(0, call('a', input)), ...deltas, a, m, stop), {});
    const received: unknown[] = [];
    const tools = [tool('a', ({ toolUse }) => void received.push(toolUse.input))];
    await lastValueFrom(runTools(params, { tools, request: answers.request }));

    expect(received).toEqual([{}]);
    expect(answers.asked[1]?.messages.slice(-2)).toEqual([
      { role: 'assistant', content: [call('a', {})] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'id_a' }] },
    ]);
  });

  it('runs with an empty input if it is complete in message_start', async () => {
    const start = messageStart({ content: [{ ...call('a'), input: null }], stop_reason: 'tool_use' });
    const answers = new Answers(of(start, stop), {});
    await lastValueFrom(runTools(params, { tools: [tool('a', () => 'done')], request: answers.request }));

    expect(answers.asked[1]?.messages.at(-1)?.content).toMatchObject([{ content: 'done' }]);
  });
});
