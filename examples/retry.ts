// Starts over when the connection fails, even after text was shown, which is withdrawn first.
// npm run example -- retry
import { lastValueFrom } from 'rxjs';
import { finalMessage, retryOnConnectionError, streamMessage, tapMessage, trackUsage } from 'rxjs-anthropic';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('retry'); // the real API does not fail on demand

let abandoned = 0;

const message$ = streamMessage(
  {
    model: 'claude-opus-5-5',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'When does the tide come in?' }],
  },
  options,
).pipe(
  retryOnConnectionError({
    whenStarted: 'restart', // by default, it fails once text has been shown
    initialDelayMs: 100,
    onRetry: ({ attempt, delayMs, error }) => {
      console.log(`\n[${String(error)} Attempt ${attempt} starts in ${Math.round(delayMs)} ms.]`);
    },
  }),
  tapMessage({
    text: (delta) => process.stdout.write(delta),
    restart: () => {
      console.log('[the text above is withdrawn]');
    },
  }),
  trackUsage(({ abandoned_attempts = [] }) => (abandoned = abandoned_attempts.length)),
  finalMessage(),
);

const { stop_reason } = await lastValueFrom(message$);
console.log(`\n[${stop_reason}; abandoned attempts that were billed: ${abandoned}]`);
await close();
