import { defer, mergeMap, of, timer, type Observable } from 'rxjs';
import {
  abortOn,
  continueOnConnectionError,
  finalMessage,
  idleTimeout,
  retryOnConnectionError,
  shareMessage,
  type MessageStreamEvent,
} from '../../../src/index.js';
import { blockStop, messageStart, textDelta } from '../../support/events.js';
import { events, has, lost } from './diagramEvents.js';
import type { DiagramCase } from './runDiagram.js';

/** The diagrams of operators that abort, retry, continue or share a request. */
export const recoveryCases = {
  abortOn: [
    {
      source: events,
      operator: (source, { cold }, { sources }) =>
        source.pipe(abortOn(cold(sources.find(({ label }) => label === 'stop$')?.marbles ?? ''))),
      error: has({ name: 'APIUserAbortError', partial: has({ content: [{ type: 'text', text: 'HiHi' }] }) }),
    },
  ],
  continueOnConnectionError: [
    {
      run({ cold, expectObservable }, { sources, results }) {
        const [first, second] = sources.map(({ marbles: row }) => row.trim());
        const request = { ...events, d: textDelta('The tide ') };
        const continuation = { ...events, c: textDelta('comes in.') };
        // The block of the continuation stops before its text in the picture, so the text opens another one.
        const next = cold(second ?? '', { ...continuation, e: textDelta('comes in.'), c: blockStop() });
        const wait = (results[0]?.marbles.indexOf('u') ?? 0) - (results[0]?.marbles.indexOf('r') ?? 0);
        const starts = (second ?? '').indexOf('s');
        expectObservable(
          cold<MessageStreamEvent>(first ?? '', request, lost).pipe(
            continueOnConnectionError({ continueWith: () => next, initialDelayMs: wait - starts, jitter: 0 }),
          ),
        ).toBe(results[0]?.marbles ?? '', {
          ...request,
          r: has({ type: 'message_reconnect' }),
          u: has({ type: 'message_delta' }),
          e: textDelta('comes in.'),
          c: blockStop(),
          m: has({ type: 'message_delta' }),
        });
      },
    },
  ],
  idleTimeout: [
    {
      source: { ...events, s: messageStart() },
      operator: (source: Observable<MessageStreamEvent>) => source.pipe(idleTimeout({ idleMs: 6 })),
      error: has({ name: 'APIConnectionTimeoutError', timeout: 'idleMs' }),
    },
  ],
  retryOnConnectionError: [
    {
      run({ cold, expectObservable }, { sources, results }) {
        const [first = '', second = ''] = sources.map(({ marbles: row }) => row);
        const attempts = [cold(first, events, lost), cold(second.trim(), events)];
        let attempt = 0;
        expectObservable(
          defer(() => attempts[attempt++] ?? of()).pipe(
            retryOnConnectionError({
              initialDelayMs: second.length - second.trim().length - first.length + 1,
              jitter: 0,
            }),
          ),
        ).toBe(results[0]?.marbles ?? '', { ...events, r: has({ type: 'message_restart', attempt: 2 }) });
      },
    },
  ],
  shareMessage: [
    {
      run({ cold, expectObservable }, { sources, results }) {
        const shared$ = cold<MessageStreamEvent>(sources[0]?.marbles ?? '', events).pipe(shareMessage());
        const rebuilt = (received: string): Observable<unknown> =>
          timer(received.search(/\S/)).pipe(
            mergeMap(() => {
              let isFirst = true;
              // What is emitted on subscription is one letter of the picture.
              return shared$.pipe(
                mergeMap((event) => {
                  const value = event.type === 'content_block_start' || event.type === 'message_start' ? [] : [event];
                  const replaced = isFirst && value.length > 0 ? ['R'] : value;
                  isFirst &&= value.length === 0;
                  return replaced;
                }),
              );
            }),
          );
        const [now, later, afterwards] = results.map(({ marbles: row }) => row);
        expectObservable(shared$).toBe(now ?? '', events);
        expectObservable(rebuilt(later ?? '')).toBe((later ?? '').replace(/ /g, '-'), { ...events, R: 'R' });
        expectObservable(
          timer((afterwards ?? '').search(/\S/)).pipe(mergeMap(() => shared$.pipe(finalMessage()))),
        ).toBe((afterwards ?? '').replace(/ /g, '-'), { W: has({ stop_reason: 'end_turn' }) });
      },
    },
  ],
} satisfies Record<string, readonly DiagramCase[]>;
