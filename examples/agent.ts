// Runs an agent: tools run concurrently while the model still writes. One reports progress, one fails, one does not exist.
// npm run example -- agent
import { concatMap, delay, from, of } from 'rxjs';
import { defineTool, retryOnConnectionError, runTools, streamMessage, tapMessage } from 'rxjs-anthropic';
import { buildMessage, startMessagesServer, toolUseBlock } from 'rxjs-anthropic/testing';
import { z } from 'zod';
import './support/closedPipe.js';

const weather = { Bergen: '9 °C, rain', Hirtshals: '12 °C, wind' };

const getWeather = defineTool({
  name: 'get_weather',
  description: 'The weather in a city, now.',
  input: z.object({ city: z.string() }),
  run({ city }) {
    const found = Object.entries(weather).find(([name]) => name === city);
    if (found === undefined) throw new Error(`There is no weather station in ${city}.`);
    return Promise.resolve(found[1]);
  },
});

const findFerry = defineTool({
  name: 'find_ferry',
  description: 'The next ferry from one port to another.',
  input: z.object({ from: z.string(), to: z.string() }),
  // An Observable: each value is progress, and the last one is the result.
  run: ({ from: port, to }) =>
    from(['asking two lines', 'comparing 14 sailings', `${port} 13:30, ${to} 06:00, 96 €`]).pipe(
      concatMap((step) => of(step).pipe(delay(300))),
    ),
});

// A server in this process stands in for the API.
const server = await startMessagesServer([
  {
    message: buildMessage({
      content: [
        'I am looking for a ferry, and at the weather.',
        toolUseBlock('find_ferry', { from: 'Bergen', to: 'Hirtshals' }, { id: 'toolu_01' }),
        toolUseBlock('get_weather', { city: 'Bergen' }, { id: 'toolu_02' }),
        toolUseBlock('get_weather', { city: 'Atlantis' }, { id: 'toolu_03' }),
        toolUseBlock('book_hotel', { city: 'Hirtshals' }, { id: 'toolu_04' }),
      ],
    }),
  },
  { status: 529, headers: { 'retry-after-ms': '50' } },
  { message: buildMessage({ content: 'Leave Bergen at 13:30, with an umbrella. I could not book a hotel.' }) },
]);

const run$ = runTools(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'From Bergen to Hirtshals: when, and what shall I wear?' }],
  },
  {
    tools: [findFerry, getWeather],
    onTool: ({ name, input }) => {
      console.log(`\n> ${name} ${JSON.stringify(input)}`);
    },
    request: (params) => streamMessage(params, { apiKey: 'k', baseURL: server.url }).pipe(retryOnConnectionError()),
  },
);

await run$.pipe(tapMessage({ text: (delta) => process.stdout.write(delta) })).forEach((event) => {
  if (event.type === 'tool_progress') console.log(`  ${event.name}: ${String(event.value)}`);
  if (event.type === 'tool_result') {
    const { content, is_error = false } = event.result;
    const said = typeof content === 'string' ? content : JSON.stringify(content);
    console.log(`< ${event.name} ${is_error ? 'failed' : 'says'}: ${said}`);
  }
  if (event.type === 'run_end') {
    const { reason, turns, usage, messages } = event;
    console.log(`\n[${reason}, ${turns} turns, ${messages.length} messages, ${usage.output_tokens} output tokens]`);
  }
});
await server.close();
