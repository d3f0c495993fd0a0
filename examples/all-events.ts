// Prints every event that the API sends; a `switch` on `type` narrows each event.
// npm run example -- all-events
import { map } from 'rxjs';
import { streamMessage, type MessageStreamEvent } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('all-events');

const events$ = streamMessage(
  { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content: 'One sentence about tides.' }] },
  options,
);

await events$.pipe(map((event) => `${event.type.padEnd(20)} ${describe(event)}`)).forEach((line) => {
  console.log(line.trimEnd());
});
await close();

function describe(event: MessageStreamEvent): string {
  switch (event.type) {
    case 'message_start':
      return `${event.message.id} by ${event.message.model}`;
    case 'content_block_start':
      return `${event.index}: ${event.content_block.type}`;
    case 'content_block_delta':
      return `${event.index}: ${JSON.stringify(event.delta)}`;
    case 'content_block_stop':
      return `${event.index}`;
    case 'message_delta':
      return `${event.delta.stop_reason ?? ''}, ${event.usage.output_tokens ?? 0} tokens`;
    default: // message_stop, ping, and types that a newer server adds
      return '';
  }
}
