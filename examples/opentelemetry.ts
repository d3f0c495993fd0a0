// Records the spans and metrics of a run with OpenTelemetry, and prints the spans.
// npm run example -- opentelemetry
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { lastValueFrom } from 'rxjs';
import { defineTool, retryOnConnectionError, runTools, streamMessage, tapMessage } from 'rxjs-anthropic';
import { traceRun } from 'rxjs-anthropic/opentelemetry';
import { z } from 'zod';
import { connect } from './support/connect.js';

// A service has these from its own setup, such as that of @opentelemetry/sdk-node.
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const { options, close } = await connect('opentelemetry');

const getTide = defineTool({
  name: 'get_tide',
  description: 'The next high tide in a harbour.',
  input: z.object({ harbour: z.string() }),
  run: ({ harbour }) => ({ harbour, time: '18:42', metres: 12.3 }),
});
const params = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'When is high tide in Saint-Malo?' }],
};
const run$ = traceRun({ tracer: provider.getTracer('example'), agent: 'harbour' }, (traced) =>
  runTools(
    params,
    traced({
      tools: [getTide],
      request: (turn) => streamMessage(turn, options).pipe(retryOnConnectionError({ announce: true })),
    }),
  ),
);
await lastValueFrom(run$.pipe(tapMessage({ text: (delta) => process.stdout.write(delta) })));

console.log();
for (const { name, attributes, events } of exporter.getFinishedSpans()) {
  const { 'gen_ai.usage.output_tokens': tokens, 'gen_ai.response.finish_reasons': reasons } = attributes;
  console.log(`[${name}]`, ...events.map((event) => event.name), reasons ?? '', tokens ?? '');
}
await close();
