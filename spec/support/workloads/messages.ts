/** The workloads of operators that select from a message, or accumulate it. */
import { from } from 'rxjs';
import * as api from '../../../src/index.js';
import { textBlock, toolUseBlock } from '../../../src/testing/index.js';
import {
  citedEvents,
  eventsWith,
  itemsOf,
  manyBlocks,
  mixedEvents,
  mixedMessage,
  pingEvents,
  propertiesOf,
  proseOf,
  interleavedEvents,
  usageEvents,
} from '../growingInputs.js';
import {
  params,
  ignore,
  consume,
  on,
  onMixed,
  read,
  readSnapshots,
  ROOT_COPIED,
  copying,
  type Workloads,
} from './workload.js';

const LIST_COPIED = 'snapshots never change, so each has its own list';

export const messageWorkloads: Workloads = {
  textDeltas: { 'mixed events': onMixed((events) => events.pipe(api.textDeltas())) },
  thinkingDeltas: { 'mixed events': onMixed((events) => events.pipe(api.thinkingDeltas())) },
  inputJsonDeltas: { 'mixed events': onMixed((events) => events.pipe(api.inputJsonDeltas())) },
  citations: {
    'mixed events': onMixed((events) => events.pipe(api.citations())),
    citations: on(citedEvents, (events) => events.pipe(api.citations())),
  },
  contentBlocks: { 'mixed events': onMixed((events) => events.pipe(api.contentBlocks())) },
  toolUses: { 'mixed events': onMixed((events) => events.pipe(api.toolUses())) },
  ofType: { 'mixed events': onMixed((events) => events.pipe(api.ofType('content_block_delta'))) },

  accumulateMessage: {
    'mixed events, reading every snapshot': (n) => {
      const list = mixedEvents(n);
      return () => readSnapshots(from(list));
    },
    'a text, reading every snapshot': (n) => {
      const list = eventsWith(proseOf(n));
      return () => readSnapshots(from(list));
    },
    'an input of many items, reading every snapshot': (n) => {
      const list = eventsWith(toolUseBlock('list', { items: itemsOf(n) }));
      return () => readSnapshots(from(list));
    },
    'an input with a long string, reading every snapshot': (n) => {
      const list = eventsWith(toolUseBlock('write', { text: proseOf(n) }));
      return () => readSnapshots(from(list));
    },
    'emit: block': onMixed((events) => events.pipe(api.accumulateMessage({ emit: 'block' }))),
    'emit: final': onMixed((events) => events.pipe(api.accumulateMessage({ emit: 'final' }))),
    pings: on(pingEvents, (events) => events.pipe(api.accumulateMessage())),
    usage: on(usageEvents, (events) => events.pipe(api.accumulateMessage())),
    'an input of many properties': on(
      (n) => eventsWith(toolUseBlock('list', propertiesOf(n))),
      (events) => events.pipe(api.accumulateMessage()),
    ),
    'an input of many properties, reading every snapshot': copying(ROOT_COPIED, (n) => {
      const list = eventsWith(toolUseBlock('list', propertiesOf(n)));
      return () => readSnapshots(from(list));
    }),
    'interleaved text blocks, reading every snapshot': (n) => {
      const list = interleavedEvents(n);
      return () => readSnapshots(from(list));
    },
    'many blocks': copying(
      LIST_COPIED,
      on(manyBlocks, (events) => events.pipe(api.accumulateMessage())),
    ),
    'many citations': copying(
      LIST_COPIED,
      on(citedEvents, (events) => events.pipe(api.accumulateMessage())),
    ),
  },
  finalMessage: {
    'mixed events': onMixed((events) => events.pipe(api.finalMessage())),
    citations: on(citedEvents, (events) => events.pipe(api.finalMessage())),
  },
  finalText: { 'mixed events': onMixed((events) => events.pipe(api.finalText())) },
  totalUsage: {
    'mixed events': onMixed((events) => events.pipe(api.totalUsage())),
    usage: on(usageEvents, (events) => events.pipe(api.totalUsage())),
  },
  usage: {
    'mixed events': onMixed((events) => events.pipe(api.usage())),
    usage: on(usageEvents, (events) => events.pipe(api.usage())),
  },
  toolInputStatus: {
    'of every snapshot': (n) => {
      const list = eventsWith(toolUseBlock('list', { items: itemsOf(n) }));
      return () =>
        consume(from(list).pipe(api.accumulateMessage()), ({ content: [block] }) => {
          if (block?.type === 'tool_use') api.toolInputStatus(block);
        });
    },
  },

  tapMessage: {
    'mixed events': onMixed((events) =>
      events.pipe(
        api.tapMessage({
          ...{ text: ignore, thinking: ignore, thinkingTokens: ignore, inputJson: ignore, citation: ignore },
          ...{ contentBlock: ignore, usage: ignore, message: ignore, restart: ignore },
        }),
      ),
    ),
  },
  tapResponse: { 'mixed events': onMixed((events) => events.pipe(api.tapResponse(ignore))) },
  trackUsage: {
    'mixed events': onMixed((events) => events.pipe(api.trackUsage(ignore))),
    usage: on(usageEvents, (events) => events.pipe(api.trackUsage(ignore))),
  },

  messageState: {
    'mixed events, reading every state': (n) => {
      const list = mixedEvents(n);
      return () =>
        consume(from(list).pipe(api.messageState()), ({ message, text }) => {
          if (message !== undefined && text.length >= 0) read(message);
        });
    },
  },
  toMessageParam: {
    'a mixed message': (n) => {
      const message = mixedMessage(n);
      return () => {
        api.toMessageParam(message);
      };
    },
  },
  continuationParams: {
    'a text': (n) => {
      const partial = { ...mixedMessage(n), content: [textBlock(proseOf(n))], stop_reason: null };
      return () => {
        api.continuationParams(params, partial, { style: 'user' });
        api.continuationParams(params, partial, { style: 'prefill' });
      };
    },
  },
};
