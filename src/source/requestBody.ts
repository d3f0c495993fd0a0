/** The parameters of a message: which ones can be sent, which ones are headers, and the JSON of the others. */
import type { MessageCreateParams } from '../api/params.js';
import { InvalidParamsError } from '../errors/classes.js';
import { describeCauses } from '../errors/inspectError.js';
import { isRecord } from '../utils/inspect.js';

/** The parameters that are sent as headers, with the name of the header. */
const HEADER_PARAMS = {
  user_profile_id: 'anthropic-user-profile-id',
  workspace_id: 'anthropic-workspace-id',
} as const;

/** A character that is not allowed in the value of a header. */
const NOT_IN_HEADER = /[^\t -~\x80-\xff]/;

/** Whether a value may be sent in a header. */
export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && !NOT_IN_HEADER.test(value);
}

/**
 * Checks that a request with these parameters can succeed. Only checks what the API would not explain.
 *
 * @param caller - The function that the error names.
 * @throws {InvalidParamsError} If it cannot. The message names the parameter.
 */
export function expectParams(params: unknown, caller: string): asserts params is MessageCreateParams {
  const fault = findParamsFault(params);
  if (fault !== undefined) throw new InvalidParamsError(`${caller}: ${fault}`);
}

function findParamsFault(params: unknown): string | undefined {
  if (!isRecord(params)) return 'params must be an object with model, max_tokens and messages.';
  const { model, max_tokens, messages } = params;
  if (typeof model !== 'string' || model === '') return 'model must be the name of a model.';
  if (typeof max_tokens !== 'number' || Number.isNaN(max_tokens)) return 'max_tokens must be a number.';
  if (!Array.isArray(messages) || messages.length === 0) {
    return "messages must not be empty: send at least one { role: 'user', content }.";
  }
  if ('betas' in params) return 'betas is an option, not a parameter of the message. Pass it in the second argument.';
  const notSendable = Object.keys(HEADER_PARAMS).find((name) => params[name] != null && !isHeaderValue(params[name]));
  return notSendable && `${notSendable} must be a string that can be sent in a header.`;
}

/** Returns the headers that stand for parameters. A value is null if the parameter is not given. */
export function listParamHeaders(
  params: MessageCreateParams,
): { readonly name: string; readonly value: string | null }[] {
  return [
    { name: HEADER_PARAMS.user_profile_id, value: params.user_profile_id ?? null },
    { name: HEADER_PARAMS.workspace_id, value: params.workspace_id ?? null },
  ];
}

/**
 * Creates the body of a request that streams. Lone surrogates are replaced by U+FFFD, because the API responds to them
 * with status 400.
 *
 * @throws {InvalidParamsError} If the parameters cannot be converted to JSON.
 */
export function createBody(params: MessageCreateParams): string {
  const others = Object.entries(params).filter(([name]) => !(name in HEADER_PARAMS));
  return replaceLoneSurrogates(toJson({ ...Object.fromEntries(others), stream: true }));
}

function toJson(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new InvalidParamsError(`streamMessage: params cannot be converted to JSON: ${describeCauses(cause)}`, {
      cause,
    });
  }
}

/**
 * Replaces lone surrogates in JSON. `JSON.stringify` escapes them, and nothing else, as `\ud800` to `\udfff`. A
 * backslash of the text itself is escaped too, so escaped backslashes are matched first, and kept.
 */
function replaceLoneSurrogates(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape === '\\\\' ? escape : '\ufffd'));
}
