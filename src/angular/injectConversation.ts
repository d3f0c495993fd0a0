import {
  assertInInjectionContext,
  computed,
  DestroyRef,
  inject,
  Injector,
  PLATFORM_ID,
  signal,
  type Signal,
} from '@angular/core';
import { NEVER, tap } from 'rxjs';
import type { MessageParam } from '../api/params.js';
import { conversation } from '../conversation/conversation.js';
import type { ConversationState, ConversationTool, ToolsOf } from '../conversation/conversationState.js';
import type { Conversation, ConversationOptions } from '../conversation/conversationTypes.js';
import type { Tool } from '../tools/defineTool.js';
import type { Toolset } from '../tools/defineToolset.js';

export interface InjectConversationOptions<
  Tools extends readonly (Tool | Toolset)[] = readonly (Tool | Toolset)[],
> extends ConversationOptions<Tools> {
  /** Ends the conversation when it is destroyed. Default: the injection context of the call. */
  readonly injector?: Injector | undefined;
}

type Fields<Call> = {
  readonly [Name in keyof ConversationState<Call>]: Signal<ConversationState<Call>[Name]>;
};

/** A conversation whose state is signals. Its methods can be passed on as they are, for example to an output. */
export interface InjectedConversation<Call = ConversationTool>
  extends Fields<Call>, Omit<Conversation<Call>, 'state' | 'history' | 'destroy'> {
  /** The state as one value. */
  readonly state: Signal<ConversationState<Call>>;
  /** The conversation so far, in a form that the API accepts, to save it. Computed when it is read. */
  readonly history: Signal<readonly MessageParam[]>;
}

/**
 * Creates a `conversation` with signals as its state, which ends with the component or service that creates it.
 *
 *     send()       x-----------stop()--
 *     request       --s--d--d--!          !: aborted
 *     status()     ic-t--t--t--a          i: idle  c: connecting  t: streaming  a: aborted
 *
 * In a component, the request is aborted when the component is destroyed. In a service that is provided in the root, the
 * conversation lives as long as the application, and an answer continues while the user is on another page. In neither
 * case is the option `stop` called: a client that leaves does not stop the generation of a service that records it.
 *
 * While an application is rendered on a server, no request is made: the state after `send()` is 'connecting', until the
 * browser creates the conversation again. Nothing is transferred.
 *
 * @param options - The options of `conversation`. Put retries and `coalesceDeltas()` in `request`.
 * @param options.injector - Ends the conversation when it is destroyed. Default: the injection context of the call.
 * @returns The fields of the state as signals, and the methods of the conversation except `destroy`.
 * @throws {TypeError | RangeError} At call time, as `conversation` does.
 * @throws {Error} At call time, if it is called outside an injection context without `injector` (NG0203).
 * @example
 * readonly chat = injectConversation({
 *   request: ({ id, messages }) => {
 *     const headers = { 'content-type': 'application/json' };
 *     const body = JSON.stringify({ id, messages });
 *     return fromResponse((signal) => fetch('/api/chat', { method: 'POST', headers, body, signal }));
 *   },
 * });
 * // In the template:
 * // @for (turn of chat.turns(); track turn.id) { <p [class]="turn.role">{{ turn.text }}</p> }
 * // @if (chat.canRetry()) { <button (click)="chat.retry()">Try again</button> }
 */
export function injectConversation(
  options: InjectConversationOptions & { readonly tools?: undefined },
): InjectedConversation;
export function injectConversation<const Tools extends readonly (Tool | Toolset)[]>(
  options: InjectConversationOptions<Tools>,
): InjectedConversation<ToolsOf<Tools>>;
export function injectConversation(options: InjectConversationOptions): InjectedConversation {
  const { injector: given, ...others } = options;
  if (given === undefined) assertInInjectionContext(injectConversation);
  const injector = given ?? inject(Injector);
  const isServer = injector.get(PLATFORM_ID) === 'server';

  const chat = conversation(isServer ? { ...others, request: () => NEVER } : others);
  const state = signal(chat.state);
  chat.state$.pipe(tap(state.set)).subscribe();
  injector.get(DestroyRef).onDestroy(() => {
    chat.destroy();
  });

  return {
    state$: chat.state$,
    state: state.asReadonly(),
    history: computed(() => {
      state();
      return chat.history;
    }),
    status: computed(() => state().status),
    turns: computed(() => state().turns),
    current: computed(() => state().current),
    tools: computed(() => state().tools),
    usage: computed(() => state().usage),
    error: computed(() => state().error),
    delayMs: computed(() => state().delayMs),
    attempt: computed(() => state().attempt),
    canRetry: computed(() => state().canRetry),
    canContinue: computed(() => state().canContinue),
    send: chat.send.bind(chat),
    stop: chat.stop.bind(chat),
    retry: chat.retry.bind(chat),
    continue: chat.continue.bind(chat),
    approve: chat.approve.bind(chat),
    decline: chat.decline.bind(chat),
    edit: chat.edit.bind(chat),
    reset: chat.reset.bind(chat),
  };
}
