import { isRecord } from '../utils/inspect.js';
import { errorEvent } from './errorEvent.js';
import type { RecordedRequest } from './messagesServer.js';
import { checkReply, type Reply } from './reply.js';
import { planReply, type ReplyPlan } from './replyPlan.js';

/** The replies: one for all requests, one per request, or a function from a request to its reply. */
export type MessagesScript = Reply | readonly Reply[] | ((request: RecordedRequest) => Reply | Promise<Reply>);

export interface ScriptOptions {
  /** The path of the requests that are answered. The others get a 404. Default `'/v1/messages'`. */
  readonly path?: string | undefined;
}

/** What a request gets: a reply of the script, and its plan. */
export interface PlannedReply {
  readonly reply: Reply;
  readonly plan: ReplyPlan;
}

/**
 * Creates the function that decides about each request. `position` is that of the request, counted from 1.
 *
 * @param caller - The function whose script it is, for the messages of the errors.
 * @throws {RangeError | TypeError} At call time, if a reply is invalid. If a function returns such a reply, rejects.
 */
export function createResponder(
  script: MessagesScript,
  caller: string,
  { path = '/v1/messages' }: ScriptOptions = {},
): (request: RecordedRequest, position: number) => Promise<PlannedReply> {
  const nextReply = typeof script === 'function' ? script : inOrder(script, caller);
  return async (request, position) => {
    const reply = refusal(request, path) ?? (await nextReply(request));
    checkReply(reply, caller);
    return { reply, plan: planReply(reply, request.body, position) };
  };
}

function inOrder(script: Reply | readonly Reply[], caller: string): () => Reply {
  const replies = [script].flat() as readonly Reply[];
  for (const reply of replies) checkReply(reply, caller);
  let used = 0;
  return () => replies[Math.min(used++, replies.length - 1)] ?? {};
}

/** Returns the error response to a request that the API does not support. Undefined if the script decides. */
function refusal({ method, path, body }: RecordedRequest, expectedPath: string): Reply | undefined {
  if (method !== 'POST' || path !== expectedPath) {
    return { status: 404, body: errorEvent('not_found_error', `Not found: ${method} ${path}`) };
  }
  if (isRecord(body)) return undefined;
  return { status: 400, body: errorEvent('invalid_request_error', 'The request body is not a JSON object.') };
}

/** Parses the body of a request. Returns the text if it is not JSON, and undefined if there is none. */
export function parseBody(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body; // the text is recorded, and the response is a 400
  }
}
