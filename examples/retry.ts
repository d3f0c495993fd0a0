// Starts over when the connection fails, also after text was shown: what was shown is withdrawn first.
// npm run example -- retry
import { lastValueFrom } from 'rxjs';
import { finalMessage, retryOnConnectionError, streamMessage, tapMessage, trackUsage } from 'rxjs-anthropic';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('retry'); // the real API has no faults on demand

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
    whenStarted: 'restart', // by default the error passes on once text was shown
    initialDelayMs: 100,
    onRetry: ({ attempt, delayMs, error }) => {
      console.log(`\n[${String(error)} Attempt ${attempt} follows in ${Math.round(delayMs)} ms.]`);
    },
  }),
  tapMessage({
    text: (delta) => process.stdout.write(delta),
    restart: () => {
      console.log('[what was shown is withdrawn]');
    },
  }),
  trackUsage(({ abandoned_attempts = [] }) => (abandoned = abandoned_attempts.length)),
  finalMessage(),
);

const { stop_reason } = await lastValueFrom(message$);
console.log(`\n[${stop_reason}; attempts that were paid for and thrown away: ${abandoned}]`);
await close();
