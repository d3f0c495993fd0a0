/** The workloads of `growth.spec.ts` for the entries for other libraries: see `workloads.ts`. */
import { from, VirtualTimeScheduler } from 'rxjs';
import * as aiSdk from '../../src/ai-sdk/index.js';
import { mixedEvents } from './growingInputs.js';
import { FakeResponse } from './relayWorkloads.js';
import { on, onMixed, type Prepare } from './workloads.js';

const noTime = { scheduler: new VirtualTimeScheduler() };

export const adapterWorkloads: Readonly<Record<string, Readonly<Record<string, Prepare>>>> = {
  toUIMessageStream: { 'mixed events': onMixed((events) => events.pipe(aiSdk.toUIMessageStream())) },
  toUIMessageStreamResponse: {
    'mixed events': (n) => {
      const list = mixedEvents(n);
      return () => aiSdk.toUIMessageStreamResponse(from(list), noTime).text();
    },
  },
  pipeUIMessageStreamToResponse: {
    'mixed events': on(mixedEvents, (source) =>
      source.pipe(aiSdk.pipeUIMessageStreamToResponse(new FakeResponse(true), noTime)),
    ),
  },
};
