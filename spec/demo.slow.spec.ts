/** What `npm start` shows: on terminals of any width, without one, and when something fails. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import { explain } from '../examples/support/explain.js';
import { MessageView } from '../examples/support/messageView.js';
import {
  accumulateMessage,
  retryOnConnectionError,
  streamMessage,
  tapMessage,
  type StreamMessageOptions,
} from '../src/index.js';
import {
  buildMessage,
  eventsOf,
  startMessagesServer,
  textBlock,
  toolUseBlock,
  type MessagesScript,
} from '../src/testing/index.js';

const root = join(__dirname, '..');
const KEY = 'sk-ant-wrong-key';

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Program {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Closes the pipe after its first output, as `| head` does. */
  readonly closesPipe?: boolean;
  /** Interrupts the program with Ctrl-C once it has printed this. */
  readonly interruptAt?: string;
}

function run({ args, env = {}, closesPipe = false, interruptAt }: Program): Promise<Result> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC_.*|FORCE_COLOR|NO_COLOR)$/.test(name));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: root,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr, isInterrupted] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (closesPipe) child.stdout.destroy();
      if (interruptAt === undefined || isInterrupted || !stdout.includes(interruptAt)) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

const params = { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hi' }] } as const;

/** Calls a function while ANTHROPIC_BASE_URL is set. */
async function withBaseURL(url: string, call: () => unknown): Promise<void> {
  const { ANTHROPIC_BASE_URL: previous } = process.env;
  process.env['ANTHROPIC_BASE_URL'] = url;
  try {
    await call();
  } finally {
    if (previous === undefined) delete process.env['ANTHROPIC_BASE_URL'];
    else process.env['ANTHROPIC_BASE_URL'] = previous;
  }
}

/** Returns how the demo explains the error that a function throws. */
function explainThrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return explain(error);
  }
  throw new Error('It did not throw.');
}

/** Returns how the demo explains what its request to a server fails with. */
async function explainFailure(script: MessagesScript): Promise<string> {
  const server = await startMessagesServer(script);
  const message$ = streamMessage(params, { apiKey: KEY, baseURL: server.url }).pipe(
    retryOnConnectionError(),
    accumulateMessage(),
  );
  let line = 'It did not fail.';
  await withBaseURL(server.url, async () => {
    line = await lastValueFrom(message$).then(() => line, explain);
  });
  await server.close();
  return line;
}

describe('a failure', () => {
  const page = '<html>\n<head><title>Bad Gateway</title></head>\n<body>\n<h1>Bad Gateway</h1>\n</body></html>\n';
  const soon = { 'retry-after-ms': '1' };

  it.each<[string, MessagesScript, RegExp]>([
    [
      'a wrong key',
      { status: 401 },
      /^401 authentication_error: .+ Check the API key\. \(request req_0001\) The key is ANTHROPIC_API_KEY; if you unset it, a server in this process stands in for the API\.$/,
    ],
    [
      'a rate limit',
      { status: 429, headers: soon },
      /^429 rate_limit_error: .+ 3 attempts were made\. \(request req_0003\) Run it again in a few minutes\.$/,
    ],
    [
      'a rate limit for an hour',
      { status: 429, headers: { 'retry-after': '3600' } },
      /^429 rate_limit_error: .+ Try again in 3600 s\. \(request req_0001\)$/,
    ],
    [
      'an overloaded API',
      { status: 529, headers: soon },
      /^529 overloaded_error: .+ 3 attempts were made\. \(request req_0003\) Run it again in a few minutes\.$/,
    ],
    [
      'a proxy that sends a page with status 502',
      { status: 502, headers: { ...soon, 'content-type': 'text/html' }, body: page },
      /^502: Bad Gateway\. 3 attempts were made\. \(request req_0003\) Run it again in a few minutes\.$/,
    ],
    [
      'a proxy that sends a page with status 200',
      { headers: { 'content-type': 'text/html' }, body: page },
      /^Expected a text\/event-stream response, got text\/html\. .+ The baseURL is ANTHROPIC_BASE_URL: http:.+\.$/,
    ],
    [
      'a redirect',
      { status: 302, headers: { location: '/login?session=1' }, body: '' },
      /^http:\S+\/v1\/messages redirects to http:\S+\/login, with status 302\. .+ The baseURL is ANTHROPIC_BASE_URL: http:.+\.$/,
    ],
  ])('is explained in one line, with what to do: %s', async (_, script, expected) => {
    const line = await explainFailure(script);

    expect(line).toMatch(expected);
    expect(line).not.toContain(KEY);
  });

  it('of the options names the option', async () => {
    const result = await run({ args: ['examples/demo.ts', '--model'] });

    const stderr = "error: Option '--model <value>' argument missing. npm start -- --help lists the options.\n";
    expect(result).toStrictEqual({ code: 1, stdout: '', stderr });
  });

  it('of the environment names the variable', async () => {
    const ask = (options: StreamMessageOptions) => () => streamMessage(params, options);

    expect(explainThrown(ask({ apiKey: 'k€y' }))).toMatch(
      /apiKey has a character .+ The key is ANTHROPIC_API_KEY; .+\.$/,
    );
    await withBaseURL('localhost', () => {
      expect(explainThrown(ask({ apiKey: KEY, baseURL: 'localhost' }))).toMatch(
        /baseURL must be a URL .+ The baseURL is ANTHROPIC_BASE_URL: localhost\.$/,
      );
    });
  });
});

describe('Ctrl-C', () => {
  it('during the wait for a retry reports that nothing had arrived', async () => {
    const script: MessagesScript = { status: 529, headers: { 'retry-after': '30' } };
    const server = await startMessagesServer(script);
    const { code, stdout, stderr } = await run({
      args: ['examples/demo.ts'],
      env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: server.url },
      interruptAt: '[attempt 2 starts in 30.0 s',
    });
    await server.close();

    expect({ code, stderr }).toStrictEqual({ code: 130, stderr: '' });
    expect(stdout).toMatch(/\n\[interrupted after \d+\.\d s, with no content yet\]\n$/);
  });

  it('while the input of a tool arrives reports the call', async () => {
    const { code, stdout, stderr } = await run({ args: ['examples/demo.ts'], interruptAt: '"stops":[' });

    expect({ code, stderr }).toStrictEqual({ code: 130, stderr: '' });
    expect(stdout).toMatch(/\n\[interrupted after \d+\.\d s, with .+, a call to add_to_calendar\]\n/);
  });
});

it.each(['text', 'agent'])('%s ends quietly when the reader of its output has enough', async (name) => {
  const { code, stderr } = await run({ args: ['scripts/example.ts', name], closesPipe: true });

  expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
});

describe('on a terminal', () => {
  const input = {
    title: '里斯本的星期天',
    stops: Array.from({ length: 20 }, () => ({ at: '08:30', place: 'Belém 🥐' })),
  };
  const message = buildMessage({
    content: [textBlock('Here is a plan. 🚋'), toolUseBlock('add_to_calendar', input)],
  });

  /** Shows the message on a terminal with so many columns, and returns what was written to it. */
  async function show(columns: number, { isTTY = true, hasColors = true } = {}): Promise<string> {
    let written = '';
    const out = { isTTY, columns, hasColors: () => hasColors, write: (text: string) => (written += text) };
    const view = new MessageView(out as unknown as NodeJS.WriteStream);
    const message$ = from(eventsOf(message, { deltaLength: 1 })).pipe(
      tapMessage({ text: view.text, inputJson: view.inputJson }),
      accumulateMessage(),
    );
    await message$.forEach(view.message);
    view.note('[done]');
    return written;
  }

  it.each([0, 20, 40, 80, 200])('with %i columns, a line that is overwritten never wraps', async (columns) => {
    const written = await show(columns);
    // Every line that grows, but not the last one, which shows the input in full.
    const lines = written.split('\r\x1b[K').slice(1, -2);

    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(columnsOf(line)).toBeLessThan(columns || 80);
  });

  it('that has no colors, as with NO_COLOR, shows none', async () => {
    expect(await show(80)).toContain('\x1b[2m[done]');
    // eslint-disable-next-line no-control-regex -- the escape sequences are what is tested
    expect(await show(80, { hasColors: false })).not.toMatch(/\x1b\[\d*m/);
  });

  it('that is none receives plain text', async () => {
    const written = await show(80, { isTTY: false, hasColors: false });

    // eslint-disable-next-line no-control-regex -- the escape sequences are what is tested
    expect(written).not.toMatch(/[\x1b\r]/);
    expect(written).toContain(`add_to_calendar ${JSON.stringify(input)}\n\n[done]\n`);
  });
});

/** The columns that a text takes: emoji and Chinese characters take two. */
function columnsOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + (character < '\u1100' || character === '…' ? 1 : 2), 0);
}
