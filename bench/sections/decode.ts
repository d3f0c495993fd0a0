import { fromResponse } from 'rxjs-anthropic';
import { sdkFor } from '../clients.js';
import { readByHand, readFloor, SDK_PARAMS } from '../loops.js';
import {
  compare,
  growthOfShapes,
  measureShapes,
  measureSubject,
  warmUp,
  type Clients,
  type Subject,
} from '../compare.js';
import { longTextChunks } from '../fixtures.js';
import { OURS, type Section, type Table } from '../report.js';
import { OURS_TEXT, readTextDeltas, SDK_RAW, TEXT_CLIENTS } from '../textClients.js';

/** Reads the events of a stream. Each client returns the number of deltas. */
const EVENT_CLIENTS: Clients = {
  async floor(response) {
    let deltas = 0;
    await readFloor(response, ({ type }) => (deltas += type === 'content_block_delta' ? 1 : 0));
    return deltas;
  },
  async 'hand-written loop, unchecked'(response) {
    let deltas = 0;
    await readByHand(response, ({ type }) => (deltas += type === 'content_block_delta' ? 1 : 0));
    return deltas;
  },
  async [`${OURS}, fromResponse()`](response) {
    let deltas = 0;
    await fromResponse(response).forEach(({ type }) => (deltas += type === 'content_block_delta' ? 1 : 0));
    return deltas;
  },
  async [SDK_RAW](response) {
    let deltas = 0;
    for await (const { type } of await sdkFor(response).messages.create({ ...SDK_PARAMS, stream: true })) {
      deltas += type === 'content_block_delta' ? 1 : 0;
    }
    return deltas;
  },
};

const TEXT: Subject = {
  what: 'bytes → textDeltas()',
  clients: TEXT_CLIENTS,
  ours: OURS_TEXT,
  budgets: { '16 KB chunks': 0.6, 'one event per chunk': 0.85 },
  peers: Object.keys(TEXT_CLIENTS).filter((name) => name.includes('SDK') || name.startsWith('@')),
};

export const decode: Section = {
  title: 'bytes to text, and to events',
  async run() {
    await warmUp(TEXT_CLIENTS);
    await warmUp(EVENT_CLIENTS);
    const report = await measureSubject(TEXT);
    return {
      ...report,
      tables: [...report.tables, ...(await measureShapes('bytes → events', EVENT_CLIENTS)), await longTextTable()],
      growth: await growthOfShapes('textDeltas()', readTextDeltas, ['text']),
    };
  },
};

/** A million events, with the floor and this package only: the other clients would take too long. */
async function longTextTable(): Promise<Table> {
  const name = '1,000,000';
  const clients = { floor: TEXT_CLIENTS.floor, [OURS_TEXT]: readTextDeltas };
  const { rows } = await compare(clients, [{ name, chunks: longTextChunks(1e6), events: 1e6, ms: 1, leastRounds: 3 }]);
  return { title: 'bytes → textDeltas(): a million events, 16 KB chunks', rows };
}
