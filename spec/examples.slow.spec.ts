import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import { startMessagesServer } from '../src/testing/index.js';

/** What the client of a gateway prints: it is reloaded, and then stops an answer. */
const GATEWAY = [
  'A runner takes',
  '\n[the page is reloaded]\nA runner takes the baton, and passes it on.\n[message_stop]\n',
  '\n[APIUserAbortError: The request was stopped.]\n',
];

/** Fragments that each example prints, in this order. */
const examples: Readonly<Record<string, readonly string[]>> = {
  'ag-ui': [
    'user: When is high tide in Saint-Malo?\nassistant: Let me look.\n',
    'tool: {"harbour":"Saint-Malo","time":"18:42","metres":12.3}\nassistant: High tide is at 18:42, with 12.3 m.\n',
  ],
  agent: [
    '> find_ferry {"from":"Bergen","to":"Hirtshals"}\n',
    '< get_weather failed: There is no weather station in Atlantis.\n',
    '  find_ferry: comparing 14 sailings\n< find_ferry says: Bergen 13:30, Hirtshals 06:00, 96 €\n',
    'Leave Bergen at 13:30, with an umbrella.',
    '\n[end_turn, 2 turns, 4 messages, 130 output tokens]\n',
  ],
  'ai-sdk': [
    'Let me look.\n[tool-get_tide output-available: {"harbour":"Saint-Malo","time":"18:42","metres":12.3}]\n',
    "High tide is at 18:42, with 12.3 m.\n{\n  model: 'claude-opus-5-5',\n  stopReason: 'end_turn',\n  usage: {",
  ],
  'all-events': [
    'message_start        msg_0001 by claude-opus-5-5\ncontent_block_start  0: text\n',
    'content_block_delta  0: {"type":"text_delta","text":"The tide com"}\nping\n',
    'message_delta        end_turn, 15 tokens\nmessage_stop\n',
  ],
  approvals: [
    'I am looking for it.',
    'It is lost, so I am asking for a refund.\n[waits: refund {"order":4711,"euros":90}]\n',
    '[refunding 90 € for order 4711, key …:toolu_02]\nYour order was lost. You get 90 € back.\n',
    '[run_end: end_turn, 3 turns]\n',
  ],
  bedrock: [
    '[RateLimitError: 429 rate_limit_error: Too many tokens.',
    'Because everything else is younger.\n[end_turn]\n',
  ],
  beta: ['the trend is still up', 'cleared_tool_uses: 6'],
  blocks: ['thinking  The moon passed at noon', '\ntext      At six.\n'],
  buffered: ['" It turns,"\n" e.g. once in 7.5 seconds,"\n" and says only this:"\n'],
  chat: [
    '\n> What is the capital of Portugal?\nLisbon.\n> Tell me about its river.\nThe Tagus is the longest',
    '[error: continuing] river of the Iberian peninsula.\n',
    '\n[book_ferry {"people":2}? Yes.]\n\nYou have two seats, at 10:15.\n\n[done: 7 turns, 8 messages, ',
  ],
  citations: ['It is green.\n\n[1] The grass is green.\n'],
  continue: [
    'The moon pulls the sea towards it, and the earth turns benea',
    '[IncompleteMessageError: continuing]th: twice a day the water comes in.\n',
    '[1 block, 17 tokens]\n  request: 25 tokens in, 1 out\n  request: 61 tokens in, 16 out\n',
  ],
  core: [
    'Let me book \n[IncompleteMessageError: asking again]\nLet me book \nLet me book that.\nbook_table {} partial\n',
    "book_table { restaurant: 'Cervejari' } partial\n",
    "book_table { restaurant: 'Cervejaria Ramiro', guests: 4 } complete\n[tool_use, 39 tokens]\n",
  ],
  demo: [
    'a server in this process stands in for the API',
    'A slow Sunday for two.',
    '2. 🥐 Pastéis de nata in Belém',
    '\n\nadd_to_calendar {"title":"Sunday in Lisbon","date":"2026-11-29","stops":[{"at":"08:30",',
    '"place":"Miradouro da Graça"}]}\n',
    'stop reason   tool_use\ntokens        618 in, 233 out, ',
    ' s, to the first token ',
  ],
  errors: [
    'AuthenticationError: 401 authentication_error: invalid x-api-key',
    '[OverloadedError: 529 overloaded_error: Overloaded. Try again in 0.1 s.; attempt 2 starts in 100 ms]\n',
    '[OverloadedError: 529 overloaded_error: Overloaded. Try again in 0.2 s.; attempt 3 starts in 200 ms]\n',
    'The third attempt came through.\n',
    'IncompleteMessageError: The stream ended after 4 events',
    'Partial: [{"type":"text","text":"Transferring $50,000 to "}]\n',
  ],
  express: GATEWAY,
  'final-message': [
    "id: 'msg_0001'",
    'scatter blue light more than red',
    "stop_reason: 'end_turn'",
    'output_tokens: 29',
  ],
  'for-await': ['The North Sea, the Skagerrak, the Kattegat, the Baltic Sea.\n'],
  history: [
    'arrived: text, tool_use\n',
    'kept:    [{"type":"text","text":"The Halunder Jet does."}]\n',
    'It leaves Cuxhaven at half past eleven.\n',
  ],
  hono: GATEWAY,
  interrupt: ['One, two', '\n[interrupted]\n'],
  'live-tool-input': ['[ ] Tasca do ....... for ? at .....\n', '[x] Tasca do Chico.. for 4 at 20:30\n'],
  markdown: [
    '--- 13 characters\n# The tides\n---',
    '- the near side,\n\n  where the water follows,\n- and the far side\n---',
    '| tide | height |\n|---|--:|\n| spring | 4.2 m |\n| neap | 2.1 m |\n---',
    '```ts\nconst hours = 12.42;\n\nconst next = now + hours * 3_600_000;\n```\n--- 12 characters\nThat is all.\n',
  ],
  mcp: [
    '[harbour_get_tide: asking the harbour master]\n[harbour_get_tide: {"time":"18:42","metres":12.3}]\n',
    'High tide is at 18:42, with 12.3 m.\n',
  ],
  'native-observable': [
    'One, two, three, four, f\n[stopped: AbortError; open requests: 0]\n[producer stopped]\n[1, 2]\n',
  ],
  'node-server': GATEWAY,
  'official-sdk': ['Whichever client opened the stream, the operators are the same.\n[end_turn, 23 tokens]\n'],
  opentelemetry: [
    'High tide is at 18:42, with 12.3 m.\n',
    '[execute_tool get_tide]',
    "[chat claude-opus-5-5] message_restart [ 'tool_use' ]",
    "[chat claude-opus-5-5] [ 'end_turn' ]",
    "[invoke_agent harbour] [ 'end_turn' ]",
  ],
  'own-backend': ['The service has it, and you do not.\n[end_turn]\n'],
  'own-retry': ['[OverloadedError: trying again]\nI am here.\n', '[AuthenticationError: giving up]\nNo answer.\n'],
  parallel: ['Norway: Oslo\nJapan: Tokyo\nKenya: Nairobi\nPeru: Lima\n'],
  'partial-json': [
    '{"name":"Rot',
    '{"name":"Roter Sand","metres":24.5}\n',
    '{"name":"Roter Sand","metres":24.5,"lamps":["white","red"]}\n',
  ],
  'raw-sse': [
    'event: message_start\ndata: {"type":"message_start",',
    '"text":"Just bytes."',
    'event: message_stop\ndata: {"type":"message_stop"}\n',
  ],
  'response-headers': [
    'attempt: 529\nattempt: 200\n',
    '200 text/event-stream',
    'request req_0002',
    'remaining: 3998',
    'limit: 80000',
    'Hello!\n',
  ],
  resumable: [
    'The lamp is lit',
    '[connection lost: resuming]',
    ' and misses nothing.\n[message_stop]\n[1 request to the API]\n',
  ],
  retry: [
    '[OverloadedError: 529 overloaded_error',
    'At five past six in the morn\n[IncompleteMessageError',
    '[the text above is withdrawn]\nAt five past six, and again half an hour before seven in the evening.\n',
    '[end_turn; abandoned attempts that were billed: 1]\n',
  ],
  share: [
    'first: "A lighthouse"\n',
    'late : "A lighthouse says one thing, all nig"\nfirst: "ht long: her"\nlate : "ht long: her"\n',
    '[23 tokens, 1 request]\n',
  ],
  snapshots: [
    'Let me book that.\nbook_table {} partial\n',
    "book_table { restaurant: 'Cervejari' } partial\n",
    "book_table { restaurant: 'Cervejaria Ramiro', guests: 4, at: '20:30' } complete\n",
  ],
  state: [
    'connecting 1 ""',
    'Down the hill, th" \nretrying   2 "" IncompleteMessageError\n',
    'done       2 "Down the hill."',
  ],
  'structured-output': ['Al…\n', '- Portas do Sol, 30 minutes\nAlfama, uphill: 3 stops\n'],
  temperature: ['temperature 0: The Daily Grind\ntemperature 1: Bean There, Done That\n'],
  text: ['Bom dia! ☀️ Buongiorno! Guten Tag! おはよう! Good morning!\n'],
  thinking: ['6 × 24 = 144.\n[end of thinking]\n', '12 squared.\n[end of text]\n', 'Stop reason: end_turn.\n'],
  timeouts: [
    '[idleMs, after content_block_delta: No bytes arrived within 200 ms (timeout.idleMs), after content_block_delta.]\n',
    'I am here now.\n[idleMs, after content_block_delta: No event arrived within 200 ms (idleTimeout: idleMs)',
    'I am here now, whoever asks.\n',
  ],
  'tool-calls': ["toolu_01 get_tide { harbour: 'Cuxhaven' }\n", "toolu_02 get_tide { harbour: 'Husum' }\n"],
  'tool-use': [
    'Let me look at both.\n[get_weather {"city":"Bergen"} -> Bergen: 9 °C, rain]\n',
    'Take an umbrella to Bergen only: Bergen: 9 °C, rain, Lisbon: 21 °C, sun.\n',
    '[user, assistant, user, assistant]\n',
  ],
  typewriter: [
    'A typewriter is a machine 🏗️ that prints as fast as you type 👩🏽‍💻, and rings at the end of the line 🛎️.\n',
  ],
  usage: [
    '[41 tokens in, 2048 from the cache, 1 out]\nFour score and seven years is 87 years.\n',
    '[41 tokens in, 2048 from the cache, 17 out]\n',
  ],
};

const root = join(__dirname, '..');
const files = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.ts'));

interface Result {
  /** The exit status; null if a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Program {
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Called whenever the program prints, with everything it has printed so far. */
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
}

/** Runs a program in its own process, without the API's key and address unless they are given. */
function run({ args, env = {}, onOutput }: Program): Promise<Result> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC_.*|FORCE_COLOR|NO_COLOR)$/.test(name));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
      cwd: root,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 240_000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput?.(stdout, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Interrupts a program with Ctrl-C once it has shown some of the answer. */
function interruptOnce(): NonNullable<Program['onOutput']> {
  let isDone = false;
  return (stdout, child) => {
    if (isDone || !stdout.includes('A slow')) return;
    isDone = true;
    child.kill('SIGINT');
  };
}

it('every example has a row in this spec', () => {
  expect(files.sort()).toStrictEqual(
    Object.keys(examples)
      .map((name) => `${name}.ts`)
      .sort(),
  );
});

describe('an example', () => {
  const results = new Map<string, Result>();

  beforeAll(async () => {
    const runs$ = from(Object.keys(examples)).pipe(
      mergeMap(async (name) => results.set(name, await run({ args: [`examples/${name}.ts`] })), 2),
    );
    await lastValueFrom(runs$);
  });

  it.each(Object.entries(examples))('%s runs, and prints the expected output', (name, fragments) => {
    const result = results.get(name);

    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result?.stdout).toMatch(inThisOrder(fragments));
  });
});

describe('the demo', () => {
  it('reports what had arrived when it is interrupted, and leaves no request open', async () => {
    const { code, stdout, stderr } = await run({ args: ['examples/demo.ts'], onOutput: interruptOnce() });

    expect({ code, stderr }).toStrictEqual({ code: 130, stderr: '' });
    expect(stdout).toMatch(/\n\nA slow[^]*\n\n\[interrupted after \d+\.\d s, with \d+ characters of thinking.*\]\n/);
    expect(stdout).toMatch(/\n\[the server saw the connection close; open requests: 0\]\n$/);
  });

  it('sends the options that it was given, and explains an error in one line', async () => {
    const server = await startMessagesServer({ status: 401 });
    const { code, stdout, stderr } = await run({
      args: ['examples/demo.ts', '--model', 'claude-haiku-5-5', '--thinking', 'Plan', 'a day'],
      env: { ANTHROPIC_API_KEY: 'key', ANTHROPIC_BASE_URL: server.url },
    });
    await server.close();

    expect({ code, stdout }).toStrictEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error: 401 authentication_error: .+ Check the API key\. \(request req_0001\) The key is ANTHROPIC_API_KEY; .+\n$/,
    );
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers).toMatchObject({ 'x-api-key': 'key' });
    expect(server.requests[0]?.body).toMatchObject({
      model: 'claude-haiku-5-5',
      thinking: { type: 'adaptive' },
      messages: [{ role: 'user', content: 'Plan a day' }],
    });
  });

  it('prints its options for --help, and refers to it after a wrong option', async () => {
    const help = await run({ args: ['examples/demo.ts', '--help'] });
    const wrong = await run({ args: ['examples/demo.ts', '--modle', 'x'] });

    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(inThisOrder(['--model NAME', '--thinking', '--help', '130 after Ctrl-C']));
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/^error: Unknown option '--modle'\. npm start -- --help lists the options\.\n$/);
  });
});

describe('npm run example', () => {
  const list = inThisOrder(Object.keys(examples).map((name) => `\n  ${name} `));

  it('lists the examples', async () => {
    const { code, stdout, stderr } = await run({ args: ['scripts/example.ts'] });

    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(list);
    expect(stdout).toMatch(/\n {2}text +Prints the answer as the model writes it\.\n/);
  });

  it('fails for an unknown example, and lists the examples', async () => {
    const { code, stdout, stderr } = await run({ args: ['scripts/example.ts', 'support/connect'] });

    expect({ code, stderr }).toStrictEqual({ code: 1, stderr: 'There is no example named support/connect.\n' });
    expect(stdout).toMatch(list);
  });

  it('runs an example with the arguments that follow its name', async () => {
    const text = await run({ args: ['scripts/example.ts', 'text'] });
    const help = await run({ args: ['scripts/example.ts', 'demo', '--help'] });

    expect(text).toMatchObject({ code: 0, stdout: examples['text']?.join(''), stderr: '' });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--model NAME') as string, stderr: '' });
  });
});

/** Matches a text that contains all fragments in this order. */
function inThisOrder(fragments: readonly string[]): RegExp {
  return new RegExp(fragments.map((fragment) => fragment.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^]*'));
}
