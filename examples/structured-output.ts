// Reads structured output: each item as soon as it is complete, and the typed answer, from one request.
// npm run example -- structured-output
import { distinctUntilChanged, map, merge, share } from 'rxjs';
import { outputElements, outputFormat, streamMessage, structuredOutput } from 'rxjs-anthropic';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options, close } = await connect('structured-output');

const Stop = z.object({ place: z.string(), minutes: z.int().min(5).describe('How long to stay.') });
const Walk = z.object({ title: z.string(), stops: z.array(Stop).min(1) });

const events$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    output_config: { format: outputFormat(Walk) },
    messages: [{ role: 'user', content: 'A short walk through the Alfama, please.' }],
  },
  options,
).pipe(share());

const title$ = events$.pipe(
  structuredOutput(Walk),
  map(({ value, done }) => (done ? `${value.title}: ${value.stops.length} stops` : `${value.title ?? ''}…`)),
  distinctUntilChanged(),
);
const stop$ = events$.pipe(
  outputElements(Stop, 'stops'),
  map(({ place, minutes }) => `- ${place}, ${minutes} minutes`),
);

await merge(title$, stop$).forEach((line) => {
  console.log(line);
});
await close();
