import { APIError, AnthropicError, AuthenticationError, isRetryable } from 'rxjs-anthropic';

/** Describes an error in one line: what went wrong, what to do about it, and which request failed. */
export function explain(error: unknown): string {
  if (isOptionError(error)) return `${firstSentence(error.message)} npm start -- --help lists the options.`;
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
  const request = error instanceof APIError && error.requestID !== undefined ? ` (request ${error.requestID})` : '';
  return [message + request, ...advice(error, message)].join(' ');
}

/** What to do about an error, as far as its message leaves that open. */
function advice(error: unknown, message: string): string[] {
  const sentences: string[] = [];
  if (error instanceof AuthenticationError || message.includes('apiKey')) {
    sentences.push('The key is ANTHROPIC_API_KEY; if you unset it, a server in this process stands in for the API.');
  }
  if (message.includes('baseURL') && process.env['ANTHROPIC_BASE_URL'] !== undefined) {
    sentences.push(`The baseURL is ANTHROPIC_BASE_URL: ${process.env['ANTHROPIC_BASE_URL']}.`);
  }
  if (error instanceof AnthropicError && error.attempts !== undefined && isRetryable(error)) {
    sentences.push('Run it again in a few minutes.');
  }
  return sentences;
}

/** Whether `parseArgs` has rejected the arguments of the program. */
function isOptionError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

function firstSentence(text: string): string {
  const [sentence = ''] = text.split('. ', 1);
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}
