// Decides about retries itself: isRetryable says whether sending the request again can help.
// npm run example -- own-retry
import { finalText, isRetryable, streamMessage } from 'rxjs-anthropic';
import { lastValueFrom } from 'rxjs';
import { connectEmbedded } from './support/connect.js';

const { options, close } = await connectEmbedded('own-retry');

async function ask(content: string, attempts = 3): Promise<string> {
  const text$ = streamMessage(
    { model: 'claude-opus-5-5', max_tokens: 1024, messages: [{ role: 'user', content }] },
    options,
  ).pipe(finalText());
  try {
    return await lastValueFrom(text$);
  } catch (error) {
    const isWorthIt = isRetryable(error) && attempts > 1;
    console.log(`[${error instanceof Error ? error.name : 'error'}: ${isWorthIt ? 'trying again' : 'giving up'}]`);
    if (!isWorthIt) throw error;
    return ask(content, attempts - 1);
  }
}

console.log(await ask('Are you there?'));
console.log(await ask('And now?').catch(() => 'No answer.'));
await close();
