/**
 * The first steps of the way from a socket to a subscriber, over both transports. Each client does one step more than the
 * one before it, so the cost of a step is the difference.
 */
import { request } from 'node:http';
import { streamMessage, textDeltas, type MessageStreamEvent } from 'rxjs-anthropic';
import { nodeFetch } from 'rxjs-anthropic/node';
import { MessageDecoder } from '../../src/source/messageDecoder.js';
import { MessageReader } from '../../src/source/messageReader.js';
import { SDK_PARAMS } from '../loops.js';
import { deltaFrame, HEAD } from '../gateway/frames.js';
import { REQUEST, type CreateClient, type OnText } from './clients.js';

/** The steps, in order. */
export const STEPS = ['receive', 'decode', 'everything'] as const;
export type Step = (typeof STEPS)[number];

export const TRANSPORTS = ['nodeFetch()', 'fetch'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** The name of the client that does everything up to a step. */
export function prefixName(step: Step, transport: Transport): string {
  return `${step}, ${transport}`;
}

/** Passes each chunk of a response on, with nothing of this package. */
type ReadBytes = (baseURL: string, onBytes: (bytes: Uint8Array) => void) => Promise<void>;

const READ_BYTES: Readonly<Record<Transport, ReadBytes>> = {
  'nodeFetch()': (baseURL, onBytes) =>
    new Promise((resolve, reject) => {
      const { body, ...options } = REQUEST;
      request(`${baseURL}/v1/messages`, options, (response) => {
        response.on('data', onBytes).on('end', resolve).on('error', reject);
      })
        .on('error', reject)
        .end(body);
    }),
  async fetch(baseURL, onBytes) {
    const { body } = await fetch(`${baseURL}/v1/messages`, REQUEST);
    const reader = body?.getReader();
    for (;;) {
      const result = await reader?.read();
      if (result?.done !== false) return;
      onBytes(result.value);
    }
  },
};

const FETCH = { 'nodeFetch()': nodeFetch(), fetch: globalThis.fetch } as const;

/** What a step does with the bytes. */
const ON_BYTES: Readonly<Partial<Record<Step, (onText: OnText) => (bytes: Uint8Array) => void>>> = {
  receive(onText) {
    const add = countFrames(onText);
    return (bytes) => {
      add(bytes.length);
    };
  },
  decode(onText) {
    const reader = new MessageReader((event) => {
      passOn(event, onText);
    });
    const decoder = new MessageDecoder(reader);
    return (bytes) => {
      decoder.push(bytes);
    };
  },
};

export const PREFIXES: Readonly<Record<string, CreateClient>> = Object.fromEntries(
  TRANSPORTS.flatMap((transport) => STEPS.map((step) => [prefixName(step, transport), createPrefix(step, transport)])),
);

function createPrefix(step: Step, transport: Transport): CreateClient {
  return (baseURL) => (onText) => {
    const onBytes = ON_BYTES[step];
    if (onBytes !== undefined) return READ_BYTES[transport](baseURL, onBytes(onText));
    return streamMessage(SDK_PARAMS, { apiKey: 'none', baseURL, fetch: FETCH[transport] })
      .pipe(textDeltas())
      .forEach(onText);
  };
}

/** Counts deltas by their length, which all share. */
function countFrames(onText: OnText): (length: number) => void {
  const frameLength = deltaFrame().length;
  let length = -HEAD.length;
  return (more) => {
    length += more;
    for (; length >= frameLength; length -= frameLength) onText('');
  };
}

function passOn(event: MessageStreamEvent, onText: OnText): void {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') onText(event.delta.text);
}
