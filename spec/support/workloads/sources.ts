/** The workloads of sources. */
import { from, queueScheduler, VirtualTimeScheduler } from 'rxjs';
import * as api from '../../../src/index.js';
import type { AnyEvent } from '../../../src/index.js';
import { textBlock } from '../../../src/testing/index.js';
import { eventsWith, mixedEvents, numberedResponseOf, proseOf, responseOf } from '../growingInputs.js';
import { params, consume, type Workloads } from './workload.js';

/** The number of events that are sent in chunks. With fewer chunks, the first, which takes less work, would count too much. */
const N_CHUNKED = 2000;

/** The number of events that are sent byte by byte, which takes more work for each. */
const N_BYTES = 40;

async function* sent(events: readonly AnyEvent[]): AsyncGenerator<AnyEvent> {
  for (const event of events) {
    await Promise.resolve();
    yield event;
  }
}

export const sourceWorkloads: Workloads = {
  streamMessage: {
    '16 KB chunks': {
      n: N_CHUNKED,
      prepare(n) {
        const response = responseOf(mixedEvents(n));
        const fetch = (): Promise<Response> => Promise.resolve(response());
        const scheduler = new VirtualTimeScheduler();
        return () => consume(api.streamMessage(params, { apiKey: 'sk-test', fetch, scheduler }));
      },
    },
  },
  fromResponse: {
    '16 KB chunks': {
      n: N_CHUNKED,
      prepare(n) {
        const response = responseOf(mixedEvents(n));
        return () => consume(api.fromResponse(response, { scheduler: new VirtualTimeScheduler() }));
      },
    },
    '1-byte chunks': {
      n: N_BYTES,
      prepare(n) {
        const response = responseOf(mixedEvents(n), 1);
        return () => consume(api.fromResponse(response, { scheduler: new VirtualTimeScheduler() }));
      },
    },
    'an event of many chunks': (n) => {
      const response = responseOf(
        eventsWith(textBlock('', { citations: null }), { type: 'new', data: proseOf(n) }),
        50,
      );
      return () => consume(api.fromResponse(response, { scheduler: new VirtualTimeScheduler() }));
    },
  },
  resumeOnConnectionError: {
    'a lost response, and one that repeats its events': {
      n: N_CHUNKED,
      prepare(n) {
        const list = mixedEvents(n);
        const responses = [numberedResponseOf(list.slice(0, -1)), numberedResponseOf(list)];
        return () => {
          let next = 0;
          const request = (): Response => responses[next++]?.() ?? Response.error();
          return consume(
            api.fromResponse(request, { resume: api.resumeOnConnectionError(), scheduler: queueScheduler }),
          );
        };
      },
    },
  },
  fromSdkStream: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => consume(api.fromSdkStream(() => sent(list)));
    },
  },
  serverSentEvents: {
    '16 KB chunks': {
      n: N_CHUNKED,
      prepare(n) {
        const response = responseOf(mixedEvents(n));
        return () => consume(api.serverSentEvents(response, { scheduler: new VirtualTimeScheduler() }));
      },
    },
  },
  messageEvents: {
    'mixed events': (n) => {
      const list = mixedEvents(n).map((event) => ({ event: event.type, data: JSON.stringify(event) }));
      return () => consume(from(list).pipe(api.messageEvents()));
    },
  },
};
