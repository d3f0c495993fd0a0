import { concat } from 'rxjs';
import {
  coalesceDeltas,
  fromResponse,
  resumeOnConnectionError,
  type MessageParam,
  type RunToolsEvent,
} from 'rxjs-anthropic';
import { injectConversation } from 'rxjs-anthropic/angular';
import { isUnfinished } from './status';

/** What is kept of a conversation when its page is reloaded. */
export interface SavedChat {
  readonly history: readonly MessageParam[];
  /** The ids of the requests of the answer in progress: several if calls have waited for approval. */
  readonly ids: readonly string[];
}

/** Creates a conversation with the service. It lives until its injector is destroyed. */
export function injectChat({ history, ids: restored }: SavedChat) {
  let ids = restored;
  const chat = injectConversation({
    history,
    request: ({ id, messages, resume }) => {
      if (restored.includes(id)) return concat(...restored.map((each) => read(each)));
      ids = resume === undefined ? [id] : [...ids, id];
      return read(id, resume === undefined ? { messages } : { resume: { id: resume.id, decisions: resume.decisions } });
    },
    stop: ({ id }) => fetch(`/api/chat/${id}`, { method: 'DELETE' }),
  });
  if (restored.length > 0) chat.retry({ id: restored.at(-1) });
  const save = (): SavedChat => ({ history: chat.history(), ids: isUnfinished(chat.state()) ? ids : [] });
  return { ...chat, save };
}

/** Reads an answer from the service, over any number of lost connections. Without a body, one that the service has recorded. */
function read(id: string, body?: unknown) {
  return fromResponse<RunToolsEvent>(
    (signal, { headers }) =>
      fetch(`/api/chat/${id}`, { method: body ? 'POST' : 'GET', body: JSON.stringify(body), headers, signal }),
    { resume: resumeOnConnectionError() },
  ).pipe(coalesceDeltas());
}
