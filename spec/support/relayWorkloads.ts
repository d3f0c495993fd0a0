/** The workloads of `growth.slow.spec.ts` for `rxjs-anthropic/relay`: see `workloads.ts`. */
import { EventEmitter } from 'node:events';
import { from, VirtualTimeScheduler } from 'rxjs';
import type { MessageStreamEvent } from '../../src/index.js';
import * as relay from '../../src/relay/index.js';
import { eventsWith, mixedEvents, proseOf } from './growingInputs.js';
import { consume, on, onMixed, type Prepare } from './workloads/workload.js';

/** A response whose client reads everything at once, or nothing. */
export class FakeResponse extends EventEmitter implements relay.ServerResponseLike {
  headersSent = false;
  writableEnded = false;
  readonly destroyed = false;
  statusCode = 200;
  readonly #reads: boolean;

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  setHeader(): void {
    // The head is not looked at.
  }

  flushHeaders(): void {
    this.headersSent = true;
  }

  write(): boolean {
    return this.#reads;
  }

  end(): void {
    this.writableEnded = true;
    this.emit('finish');
  }
}

const noTime = { scheduler: new VirtualTimeScheduler() };

function toClient(events: (n: number) => readonly MessageStreamEvent[], reads: boolean): Prepare {
  return on(events, (source) => source.pipe(relay.pipeToServerResponse(new FakeResponse(reads), noTime)));
}

const proseEvents = (n: number): readonly MessageStreamEvent[] => eventsWith(proseOf(n));

export const relayWorkloads: Readonly<Record<string, Readonly<Record<string, Prepare>>>> = {
  toServerSentEvents: { 'mixed events': onMixed((events) => events.pipe(relay.toServerSentEvents(noTime))) },
  toMessageEvents: { 'mixed events': onMixed((events) => events.pipe(relay.toMessageEvents(noTime))) },
  toResponse: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => relay.toResponse(from(list), noTime).then((response) => response.text());
    },
  },
  pipeToServerResponse: {
    'mixed events': toClient(mixedEvents, true),
    'a client that reads nothing, mixed events': toClient(mixedEvents, false),
    'a client that reads nothing, a text': toClient(proseEvents, false),
  },
  recordTo: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => consume(from(list).pipe(relay.recordTo(relay.memoryEventLog(noTime), 'stream', noTime)));
    },
  },
  resumeFrom: {
    'mixed events': (n) => {
      const log = relay.memoryEventLog(noTime);
      const recorded = consume(from(mixedEvents(n)).pipe(relay.recordTo(log, 'stream', noTime)));
      return () => recorded.then(() => consume(relay.resumeFrom(log, 'stream', noTime)));
    },
  },
};
