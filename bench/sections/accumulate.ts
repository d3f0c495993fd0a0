import { firstValueFrom } from 'rxjs';
import { finalMessage, fromResponse, trackUsage } from 'rxjs-anthropic';
import { sdkFor } from '../clients.js';
import { readByHand, SDK_PARAMS } from '../loops.js';
import { growthOfShapes, measureShapes, measureSubject, warmUp, type Clients, type Subject } from '../compare.js';
import { SHAPES } from '../fixtures.js';
import { lengthOf, readBlocks } from '../messageLength.js';
import { OURS, type Section } from '../report.js';

const OURS_MESSAGE = `${OURS}, finalMessage()`;
const SDK_MESSAGE = 'official SDK, MessageStream';

/** Reads the complete message. Each client returns how much is in it. The floor only joins the text of each block. */
const CLIENTS: Clients = {
  floor: (response) => readBlocks(response),
  'hand-written loop, unchecked': (response) => readBlocks(response, readByHand),
  [OURS_MESSAGE]: readFinalMessage,
  async [`${OURS}, trackUsage() and finalMessage()`](response) {
    let tokens = 0;
    const tracked = trackUsage(({ output_tokens }) => (tokens = output_tokens));
    const message = await firstValueFrom(fromResponse(response).pipe(tracked, finalMessage()));
    return tokens > 0 ? lengthOf(message) : NaN;
  },
  async [SDK_MESSAGE](response) {
    return lengthOf(await sdkFor(response).messages.stream(SDK_PARAMS).finalMessage());
  },
};

async function readFinalMessage(response: Response): Promise<number> {
  return lengthOf(await firstValueFrom(fromResponse(response).pipe(finalMessage())));
}

const SUBJECT: Subject = {
  what: 'bytes → finalMessage()',
  clients: CLIENTS,
  ours: OURS_MESSAGE,
  budgets: { '16 KB chunks': 1.4, 'one event per chunk': 1.4 },
  peers: [SDK_MESSAGE],
};

export const accumulate: Section = {
  title: 'bytes to the complete message',
  async run() {
    await warmUp(CLIENTS);
    const report = await measureSubject(SUBJECT);
    const shapes = await measureShapes(SUBJECT.what, CLIENTS);
    const growth = await growthOfShapes('finalMessage()', readFinalMessage, SHAPES);
    return { ...report, tables: [...report.tables, ...shapes], growth };
  },
};
