/** The server that smoke.js asks, in a process of its own. Prints its address. */
import { buildMessage, startMessagesServer, toolUseBlock, type Reply } from 'rxjs-anthropic/testing';

const message = buildMessage({ content: 'The tide comes in twice a day. 🌊' });
const tool = buildMessage({ content: [toolUseBlock('get_weather', { city: 'Bergen', days: [1, 2, 3] })] });
const overloaded: Reply = { status: 529, headers: { 'retry-after-ms': '1' } };
const retried = new Set<string>();

/** The replies, by the name of the model up to its hyphen. The rest of it is different for each run. */
const REPLIES: Readonly<Record<string, (model: string) => Reply>> = {
  whole: () => ({ message }),
  // With a pace, because Bun discards what arrives together with the end of the connection.
  cut: () => ({ message, paceMs: 20, after: { event: 5, then: 'disconnect' } }),
  retried: (model) => {
    if (retried.has(model)) return { message };
    retried.add(model);
    return overloaded;
  },
  refused: () => overloaded,
  slow: () => ({ message, paceMs: 50 }),
  tool: () => ({ message: tool }),
};

const server = await startMessagesServer(({ body }) => {
  const { model } = body as { model: string };
  return REPLIES[model.split('-')[0] ?? '']?.(model) ?? { status: 404 };
});
console.log(server.url);
