// Uses a beta feature, with its parameter and its field in the Message: the API clears old tool results.
// npm run example -- beta
import { firstValueFrom } from 'rxjs';
import { finalMessage, streamMessage } from 'rxjs-anthropic';
import { connect } from './support/connect.js';

const { options, close } = await connect('beta');

const message$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'What does the trend of the readings look like?' }],
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  },
  { ...options, betas: ['context-management-2025-06-27'] },
).pipe(finalMessage());

const { content, context_management } = await firstValueFrom(message$);
console.log('answer:', content);
console.log('edits: ', context_management?.applied_edits);
await close();
