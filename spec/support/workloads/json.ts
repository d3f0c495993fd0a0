/** The workloads of operators that read incomplete JSON. */
import * as api from '../../../src/index.js';
import { toolUseBlock } from '../../../src/testing/index.js';
import { eventsWith, itemsOf, jsonEvents, propertiesOf, proseOf } from '../growingInputs.js';
import { anything, on, onMixed, onText, ROOT_COPIED, copying, type Workloads } from './workload.js';

export const jsonWorkloads: Workloads = {
  partialJson: {
    'many items': onText(
      (n) => JSON.stringify({ items: itemsOf(n) }),
      (texts) => texts.pipe(api.partialJson()),
    ),
    'many properties': onText(
      (n) => JSON.stringify({ object: propertiesOf(n) }),
      (texts) => texts.pipe(api.partialJson()),
    ),
    'repeated keys': onText(
      (n) => JSON.stringify({ object: propertiesOf(n / 2) }).slice(0, -2) + ',"key1000003":1'.repeat(n / 2) + '}}',
      (texts) => texts.pipe(api.partialJson()),
    ),
    'many items of the root': copying(
      ROOT_COPIED,
      onText(
        (n) => JSON.stringify(itemsOf(n)),
        (texts) => texts.pipe(api.partialJson()),
      ),
    ),
    'many properties of the root': copying(
      ROOT_COPIED,
      onText(
        (n) => JSON.stringify(propertiesOf(n)),
        (texts) => texts.pipe(api.partialJson()),
      ),
    ),
    'a long string': onText(
      (n) => JSON.stringify({ text: proseOf(n) }),
      (texts) => texts.pipe(api.partialJson()),
    ),
  },
  toolInput: {
    'mixed events': onMixed((events) => events.pipe(api.toolInput('list', anything))),
    'a long string': on(
      (n) => eventsWith(toolUseBlock('write', { text: proseOf(n) })),
      (events) => events.pipe(api.toolInput('write')),
    ),
    'many properties': on(
      (n) => eventsWith(toolUseBlock('write', propertiesOf(n))),
      (events) => events.pipe(api.toolInput('write')),
    ),
  },
  structuredOutput: {
    'many items': on(
      (n) => jsonEvents({ items: itemsOf(n) }),
      (events) => events.pipe(api.structuredOutput(anything)),
    ),
    'many properties': on(
      (n) => jsonEvents(propertiesOf(n)),
      (events) => events.pipe(api.structuredOutput(anything)),
    ),
    'a long string': on(
      (n) => jsonEvents({ text: proseOf(n) }),
      (events) => events.pipe(api.structuredOutput(anything)),
    ),
  },
  outputElements: {
    'items of a property': on(
      (n) => jsonEvents({ items: itemsOf(n), more: itemsOf(n) }),
      (events) => events.pipe(api.outputElements(anything, 'items')),
    ),
    'items of the root': on(
      (n) => jsonEvents(itemsOf(n)),
      (events) => events.pipe(api.outputElements(anything)),
    ),
  },
};
