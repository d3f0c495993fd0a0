/**
 * The first steps of the way from a socket to a subscriber, over both transports. Each client does one step more than the
 * one before it, so the cost of a step is the difference.
 */
import { request } from 'node:http';
import { streamMessage, textDeltas, type MessageStreamEvent } from 'rxjs-anthropic';
import { nodeFetch } from 'rxjs-anthropic/node';
import { NOT_CONNECTED } from '../../src/errors/connectionErrors.js';
import { MessageDecoder, type EventReader } from '../../src/source/messageDecoder.js';
import { MessageReader } from '../../src/source/messageReader.js';
import type { ServerSentEvent } from '../../src/source/sseDecoder.js';
import { SDK_PARAMS } from '../loops.js';
import { deltaFrame, HEAD } from '../gateway/frames.js';
import { REQUEST, type CreateClient, type OnText } from './clients.js';

/** The steps, in order. */
export const STEPS = ['receive', 'decode', 'parse', 'validate', 'source', 'textDeltas'] as const;
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
    const add = countFrames(onText);
    const decoder = new TextDecoder();
    return (bytes) => {
      add(decoder.decode(bytes, { stream: true }).length);
    };
  },
  parse: (onText) => pushTo(new MessageDecoder(new UncheckedReader(onText))),
  validate: (onText) =>
    pushTo(
      new MessageDecoder(
        new MessageReader((event) => {
          passOn(event, onText);
        }),
      ),
    ),
};

export const PREFIXES: Readonly<Record<string, CreateClient>> = Object.fromEntries(
  TRANSPORTS.flatMap((transport) => STEPS.map((step) => [prefixName(step, transport), createPrefix(step, transport)])),
);

function createPrefix(step: Step, transport: Transport): CreateClient {
  return (baseURL) => (onText) => {
    const onBytes = ON_BYTES[step];
    if (onBytes !== undefined) return READ_BYTES[transport](baseURL, onBytes(onText));
    const events$ = streamMessage(SDK_PARAMS, { apiKey: 'none', baseURL, fetch: FETCH[transport] });
    if (step === 'textDeltas') return events$.pipe(textDeltas()).forEach(onText);
    return events$.forEach((event) => {
      passOn(event, onText);
    });
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

function pushTo(decoder: MessageDecoder): (bytes: Uint8Array) => void {
  return (bytes) => {
    decoder.push(bytes);
  };
}

function passOn(event: MessageStreamEvent, onText: OnText): void {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') onText(event.delta.text);
}

/** Parses events, and checks nothing. */
class UncheckedReader implements EventReader {
  readonly progress = NOT_CONNECTED;
  readonly stage = 'open';
  eventCount = 0;
  activityCount = 0;
  readonly #onText: OnText;

  constructor(onText: OnText) {
    this.#onText = onText;
  }

  readServerSentEvent({ data }: ServerSentEvent): void {
    this.readEvent(JSON.parse(data) as MessageStreamEvent);
  }

  readEvent(event: MessageStreamEvent): void {
    this.eventCount += 1;
    passOn(event, this.#onText);
  }

  expectComplete(): void {
    // Nothing is checked.
  }
}
