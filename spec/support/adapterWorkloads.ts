/** The workloads of `growth.slow.spec.ts` for the entries for other libraries: see `workloads.ts`. */
import { trace } from '@opentelemetry/api';
import { from, VirtualTimeScheduler } from 'rxjs';
import * as agUi from '../../src/ag-ui/index.js';
import * as aiSdk from '../../src/ai-sdk/index.js';
import * as bedrock from '../../src/bedrock/index.js';
import * as core from '../../src/core/index.js';
import * as opentelemetry from '../../src/opentelemetry/index.js';
import { bedrockResponse, chunkFrame } from '../bedrock/support/bedrockFrames.js';
import { fragmentsOf, itemsOf, mixedEvents } from './growingInputs.js';
import { FakeResponse } from './relayWorkloads.js';
import { consume, on, onMixed, type Prepare } from './workloads/workload.js';

const tracer = trace.getTracer('spec'); // without an SDK, so that only the work of this package is counted
const noTime = { scheduler: new VirtualTimeScheduler() };

export const adapterWorkloads: Readonly<Record<string, Readonly<Record<string, Prepare>>>> = {
  toUIMessageStream: { 'mixed events': onMixed((events) => events.pipe(aiSdk.toUIMessageStream())) },
  toAgUiEvents: {
    'mixed events': onMixed((events) => events.pipe(agUi.toAgUiEvents({ threadId: 't', runId: 'r', messages: [] }))),
  },
  fromBedrock: {
    'mixed events': (n) => {
      const frames = mixedEvents(n).map(chunkFrame);
      return () => consume(bedrock.fromBedrock(bedrockResponse(frames)));
    },
  },
  MessageAccumulator: {
    'mixed events, reading every snapshot': (n) => {
      const list = mixedEvents(n);
      return () => {
        const accumulator = new core.MessageAccumulator();
        for (const event of list) {
          accumulator.add(event);
          if (accumulator.message === undefined) throw new Error('there is a message from the first event on');
        }
        return accumulator.end();
      };
    },
  },
  IncrementalJsonParser: {
    'a list of objects': (n) => {
      const fragments = fragmentsOf(JSON.stringify({ items: itemsOf(n) }));
      return () => {
        const parser = new core.IncrementalJsonParser();
        for (const fragment of fragments) {
          parser.push(fragment);
          if (parser.value === undefined) throw new Error('there is a value from the first fragment on');
        }
        return parser.end();
      };
    },
  },
  traceMessage: {
    'mixed events': onMixed((events) => events.pipe(opentelemetry.traceMessage({ tracer, captureContent: true }))),
  },
  traceRun: { 'mixed events': onMixed((events) => opentelemetry.traceRun({ tracer }, () => events)) },
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
