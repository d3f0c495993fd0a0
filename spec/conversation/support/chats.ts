import { concat, from, NEVER, throwError, type Observable } from 'rxjs';
import {
  conversation,
  OverloadedError,
  type AnyEvent,
  type Conversation,
  type ConversationOptions,
  type ConversationRequest,
  type ConversationState,
  type MessageParam,
} from '../../../src/index.js';
import { buildMessage, eventsOf, type BuildMessageOptions } from '../../../src/testing/index.js';
import { deepFreeze } from '../../support/deepFreeze.js';

export const overloaded = new OverloadedError('Overloaded', { status: 529 });

/** The events of a complete message. */
export function answer(
  content: BuildMessageOptions['content'],
  fields: BuildMessageOptions = {},
): Observable<AnyEvent> {
  return from(eventsOf(buildMessage({ content: content ?? '', ...fields }), { deltaLength: 5 }));
}

/** The first events of a message, after which nothing happens, or the stream fails. */
export function part(content: string, count: number, error?: unknown): Observable<AnyEvent> {
  const events = eventsOf(buildMessage({ content }), { deltaLength: 5 }).slice(0, count);
  // eslint-disable-next-line rxjs-x/throw-error -- what a source fails with may be anything
  return concat(from(events), error === undefined ? NEVER : throwError(() => error));
}

/** A conversation whose requests are answered one after the other, and what it has done. */
export class TestChat {
  readonly chat: Conversation;
  readonly requests: ConversationRequest[] = [];
  readonly states: ConversationState[] = [];

  constructor(answers: readonly Observable<AnyEvent>[], options: Omit<ConversationOptions, 'request'> = {}) {
    this.chat = conversation({
      ...options,
      request: (request) => {
        this.requests.push(request);
        const events = answers[this.requests.length - 1];
        if (events === undefined) throw new Error(`nobody expected request ${this.requests.length}`);
        return events;
      },
    });
    this.chat.state$.subscribe((state) => this.states.push(deepFreeze(state)));
  }

  /** The messages of the last request. */
  get asked(): readonly MessageParam[] {
    return this.requests.at(-1)?.messages ?? [];
  }

  /** The statuses so far, without repetitions. */
  get statuses(): string[] {
    return this.states.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1]);
  }

  /** The texts of the turns, as they are now. */
  get texts(): string[] {
    return this.chat.state.turns.map(({ role, text }) => `${role}: ${text}`);
  }
}
