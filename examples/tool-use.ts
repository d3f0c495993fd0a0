// Runs the tools that the model calls and sends their results, until the model has finished.
// npm run example -- tool-use
import { EMPTY, expand, lastValueFrom, map, type Observable } from 'rxjs';
import { finalMessage, streamMessage, tapMessage, type Message, type MessageParam } from 'rxjs-anthropic';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options, close } = await connect('tool-use');

const input = z.object({ city: z.string() });
const getWeather = ({ city }: z.infer<typeof input>) => `${city}: ${city === 'Bergen' ? '9 °C, rain' : '21 °C, sun'}`;

const tool = {
  name: 'get_weather',
  description: 'The weather in a city, now.',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};

/** Sends the conversation. Emits it with the answer and the results of the tools that the answer calls. */
function ask(messages: readonly MessageParam[]): Observable<readonly MessageParam[]> {
  return streamMessage({ model: 'claude-opus-5-5', max_tokens: 1024, tools: [tool], messages }, options).pipe(
    tapMessage({ text: (delta) => process.stdout.write(delta) }),
    finalMessage(),
    map((message) => [...messages, { role: 'assistant', content: message.content }, ...runTools(message)]),
  );
}

function runTools({ content, stop_reason }: Message): readonly MessageParam[] {
  if (stop_reason !== 'tool_use') return []; // an answer truncated by max_tokens may end in an incomplete call
  const calls = content.filter((block) => block.type === 'tool_use');
  const results = calls.map((call) => {
    const { data, error } = input.safeParse(call.input);
    const result = data === undefined ? z.prettifyError(error) : getWeather(data);
    console.log(`\n[${call.name} ${JSON.stringify(call.input)} -> ${result}]`);
    return { type: 'tool_result', tool_use_id: call.id, content: result, is_error: data === undefined };
  });
  return [{ role: 'user', content: results }];
}

const conversation$ = ask([{ role: 'user', content: 'Bergen or Lisbon: where do I need an umbrella?' }]).pipe(
  expand((messages) => (messages.at(-1)?.role === 'user' ? ask(messages) : EMPTY)),
);

const conversation = await lastValueFrom(conversation$);
console.log(`\n[${conversation.map(({ role }) => role).join(', ')}]`);
await close();
