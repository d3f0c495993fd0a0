import {
  assertInInjectionContext,
  computed,
  effect,
  inject,
  Injector,
  linkedSignal,
  PendingTasks,
  PLATFORM_ID,
  signal,
  untracked,
  type Signal,
} from '@angular/core';
import { defer, finalize, ReplaySubject, tap, type Observable } from 'rxjs';
import type { AnyEvent } from '../api/events.js';
import { CONNECTING } from '../operators/internal/state/messageStates.js';
import { idleMessageState, messageState, type MessageState } from '../operators/messageState.js';
import { expectFunction } from '../utils/options.js';
import { TransferredMessage } from './transferredMessage.js';

export interface MessageResourceOptions<Params> {
  /**
   * What the message depends on. Reads signals; whenever the result changes, as `Object.is` compares it, the request is
   * aborted and a new one is made. While it is undefined, there is no request.
   */
  readonly params: () => Params | undefined;
  /** Returns the events of the message, for example of `fromResponse`. Signals that it reads are not tracked. */
  readonly stream: (context: { readonly params: NoInfer<Params> }) => Observable<AnyEvent>;
  /**
   * Makes the request on a server too, if the application is rendered there: rendering waits for the complete message,
   * and the browser shows it without another request. The key names the message in Angular's `TransferState`, and must be
   * unique on the page. A message that failed is not transferred; the browser requests it again. Default: only the
   * browser makes the request.
   */
  readonly transferKey?: string | undefined;
  /** Ends the resource when it is destroyed. Default: the injection context of the call. */
  readonly injector?: Injector | undefined;
}

/** The state of a message as signals, and what can be done about it. */
export interface MessageResource {
  /** The state as one value, whose `status` narrows the other fields. */
  readonly state: Signal<MessageState>;
  readonly status: Signal<MessageState['status']>;
  readonly message: Signal<MessageState['message']>;
  readonly text: Signal<string>;
  readonly usage: Signal<MessageState['usage']>;
  readonly error: Signal<MessageState['error']>;
  /** Aborts the request, if there is one, and makes a new one. Does nothing while the params are undefined. */
  reload(): void;
  /** Aborts the request: the status becomes 'aborted', unless the message is complete, and the message so far stays. */
  stop(): void;
}

/**
 * Requests a message whenever its params change, and has its state as signals.
 *
 *     params              undefined--a--------b-----undefined
 *     request of a                   s--d--d--!                    !: aborted
 *     request of b                            s--d--!
 *     state               i----------cx-x--x--cx-x--i              i: idle  c: connecting  x: streaming, growing
 *
 * The states are those of `messageState`. As soon as the params change, `state` is 'connecting', or 'idle' if they are
 * undefined, so a template never shows the previous message with the new params. The request is made by an effect, and so
 * a little later: with the next change detection. It is aborted when the params change, when `stop()` or `reload()` is
 * called, and when the injection context ends, for example because the component is destroyed.
 *
 * Errors are states: nothing is thrown where a signal is read, in contrast to the `value` of Angular's resources.
 *
 * While an application is rendered on a server, no request is made there, and the state is 'connecting' in the HTML and
 * when the browser takes over. Nothing is transferred, unless there is a `transferKey`.
 *
 * @param options.params - Reads signals. While its result is undefined, there is no request.
 * @param options.stream - Returns the events for the params. Put retries and `coalesceDeltas()` here. An error that it
 * throws becomes the state 'error'.
 * @param options.transferKey - Makes the request on a server. Default: only in the browser.
 * @param options.injector - Ends the resource when it is destroyed. Default: the injection context of the call.
 * @returns The signals and methods. The state stays as it was when the injection context ends.
 * @throws {TypeError} At call time, if `params` or `stream` is not a function.
 * @throws {Error} At call time, if it is called outside an injection context without `injector` (NG0203).
 * @example
 * readonly topic = signal<string | undefined>(undefined);
 * readonly summary = messageResource({
 *   params: this.topic,
 *   stream: ({ params: topic }) =>
 *     fromResponse((signal) => fetch(`/api/summary?topic=${encodeURIComponent(topic)}`, { signal })),
 * });
 * // In the template:
 * // @let state = summary.state();
 * // {{ state.text }} @if (state.status === 'error') { {{ state.error.message }} }
 */
export function messageResource<Params>(options: MessageResourceOptions<Params>): MessageResource {
  expectFunction('messageResource', 'params', options.params);
  expectFunction('messageResource', 'stream', options.stream);
  if (options.injector === undefined) assertInInjectionContext(messageResource);
  const injector = options.injector ?? inject(Injector);
  const { stream, transferKey } = options;
  const isServer = injector.get(PLATFORM_ID) === 'server';
  const transferred = transferKey === undefined ? undefined : new TransferredMessage(injector, transferKey);

  const params = computed(options.params);
  const reloads = signal(0);
  const request = computed(() => ({ params: params(), reload: reloads(), stop$: new ReplaySubject<void>(1) }));
  const state = linkedSignal({
    source: request,
    computation: (current): MessageState =>
      current.params === undefined ? idleMessageState : (transferred?.take() ?? CONNECTING),
  });

  effect(
    (onCleanup) => {
      const current = request();
      const { stop$ } = current;
      if (current.params === undefined || untracked(state) !== CONNECTING) return;
      if (isServer && transferred === undefined) return;
      const context = { params: current.params };
      const finish = isServer ? injector.get(PendingTasks).add() : undefined;
      const subscription = untracked(() =>
        defer(() => stream(context))
          .pipe(
            messageState({ abort: stop$ }),
            tap((next) => {
              // When the params change, this request still emits until the effect runs again.
              if (untracked(request) === current) state.set(next);
              if (isServer) transferred?.set(next);
            }),
            finalize(() => finish?.()),
          )
          .subscribe(),
      );
      onCleanup(() => {
        subscription.unsubscribe();
      });
    },
    { injector },
  );

  return {
    state: state.asReadonly(),
    status: computed(() => state().status),
    message: computed(() => state().message),
    text: computed(() => state().text),
    usage: computed(() => state().usage),
    error: computed(() => state().error),
    reload: () => {
      reloads.update((count) => count + 1);
    },
    stop: () => {
      untracked(request).stop$.next();
    },
  };
}
