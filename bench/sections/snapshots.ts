import { accumulateMessage, fromResponse } from 'rxjs-anthropic';
import { sdkFor } from '../clients.js';
import { SDK_PARAMS } from '../loops.js';
import { growthOfShapes, measureShapes, measureSubject, warmUp, type Clients, type Subject } from '../compare.js';
import { SHAPES } from '../fixtures.js';
import { lengthOf, readBlocks, readLastBlock } from '../messageLength.js';
import { OURS, type Section } from '../report.js';

const OURS_SNAPSHOTS = `${OURS}, accumulateMessage()`;
const SDK_SNAPSHOTS = 'official SDK, streamEvent';

/**
 * Reads the message after every event that is not a ping. Each client returns how much is in the last message.
 * The floor has no snapshots, and the official SDK's snapshots change later.
 */
const CLIENTS: Clients = {
  floor: (response) => readBlocks(response),
  [OURS_SNAPSHOTS]: readSnapshots,
  async [SDK_SNAPSHOTS](response) {
    let seen = 0;
    const stream = sdkFor(response).messages.stream(SDK_PARAMS);
    stream.on('streamEvent', (_, { content }) => (seen += readLastBlock(content)));
    const message = await stream.finalMessage();
    return seen > 0 ? lengthOf(message) : NaN;
  },
};

async function readSnapshots(response: Response): Promise<number> {
  let seen = 0;
  let length = 0;
  await fromResponse(response)
    .pipe(accumulateMessage())
    .forEach((message) => {
      seen += readLastBlock(message.content);
      if (message.stop_reason !== null) length = lengthOf(message);
    });
  return seen > 0 ? length : NaN;
}

const SUBJECT: Subject = {
  what: 'bytes → a snapshot at every event',
  clients: CLIENTS,
  ours: OURS_SNAPSHOTS,
  budgets: { '16 KB chunks': 1.8, 'one event per chunk': 1.8 },
  peers: [SDK_SNAPSHOTS],
};

export const snapshots: Section = {
  title: 'a message snapshot at every event',
  async run() {
    await warmUp(CLIENTS);
    const report = await measureSubject(SUBJECT);
    const shapes = await measureShapes(SUBJECT.what, CLIENTS);
    const growth = await growthOfShapes('accumulateMessage()', readSnapshots, SHAPES);
    return { ...report, tables: [...report.tables, ...shapes], growth };
  },
};
