// Reads streams of chunks, which are a JSON array on the standard input, with the schema and the reader of `ai` 7.
import { text } from 'node:stream/consumers';
import { readUIMessageStream, uiMessageChunkSchema } from 'ai-7';

const schema = uiMessageChunkSchema();
const results = [];
for (const chunks of JSON.parse(await text(process.stdin))) {
  let error;
  let message;
  const stream = new ReadableStream({
    async start(controller) {
      for (const chunk of chunks) {
        const valid = await schema.validate(chunk);
        if (!valid.success) throw valid.error;
        controller.enqueue(valid.value);
      }
      controller.close();
    },
  });
  const states = readUIMessageStream({
    stream,
    onError(failure) {
      error ??= String(failure?.message ?? failure);
    },
  });
  for await (const state of states) message = state;
  results.push({ message, error });
}
process.stdout.write(JSON.stringify(results));
