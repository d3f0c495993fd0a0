/** Reads the text of a response, delta by delta, with each client. Each reader returns the length of the text. */
import { fromResponse, textDeltas } from 'rxjs-anthropic';
import { aiSdkParts, sdkFor } from './clients.js';
import { readByHand, readFloor, SDK_PARAMS } from './loops.js';
import type { Clients } from './compare.js';
import { OURS } from './report.js';

export const OURS_TEXT = `${OURS}, textDeltas()`;
export const SDK_RAW = 'official SDK, raw stream';
export const BY_HAND = 'hand-written loop, unchecked';

async function floor(response: Response): Promise<number> {
  let length = 0;
  await readFloor(response, ({ delta }) => (length += delta?.text?.length ?? 0));
  return length;
}

async function byHand(response: Response): Promise<number> {
  let length = 0;
  await readByHand(response, ({ delta }) => (length += delta?.text?.length ?? 0));
  return length;
}

export async function readTextDeltas(response: Response): Promise<number> {
  let length = 0;
  await fromResponse(response)
    .pipe(textDeltas())
    .forEach((text) => (length += text.length));
  return length;
}

async function sdkRaw(response: Response): Promise<number> {
  let length = 0;
  for await (const event of await sdkFor(response).messages.create({ ...SDK_PARAMS, stream: true })) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') length += event.delta.text.length;
  }
  return length;
}

async function sdkLoop(response: Response): Promise<number> {
  let length = 0;
  for await (const event of sdkFor(response).messages.stream(SDK_PARAMS)) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') length += event.delta.text.length;
  }
  return length;
}

async function sdkListener(response: Response): Promise<number> {
  let length = 0;
  const stream = sdkFor(response).messages.stream(SDK_PARAMS);
  await stream.on('text', (text) => (length += text.length)).done();
  return length;
}

async function aiSdk(response: Response): Promise<number> {
  let length = 0;
  for await (const { type, delta } of aiSdkParts(response)) if (type === 'text-delta') length += delta?.length ?? 0;
  return length;
}

/** The floor, this package, and the two closest ways of using the official SDK. */
export const FEW_TEXT_CLIENTS: Clients = {
  floor,
  [OURS_TEXT]: readTextDeltas,
  [SDK_RAW]: sdkRaw,
  'official SDK, text listener': sdkListener,
};

export const TEXT_CLIENTS: Clients = {
  floor,
  [BY_HAND]: byHand,
  [OURS_TEXT]: readTextDeltas,
  [SDK_RAW]: sdkRaw,
  'official SDK, MessageStream': sdkLoop,
  'official SDK, text listener': sdkListener,
  '@ai-sdk/anthropic': aiSdk,
};
