import { Agent } from 'undici';
import { nodeFetch } from '../../../src/node/index.js';
import type { FetchLike } from '../../../src/index.js';

const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

afterAll(() => dispatcher.close());

type Transport = readonly [name: string, fetch: FetchLike];

/** The ways to make a request, for `describe.each`. */
export const transports: readonly [Transport, ...Transport[]] = [
  ['fetch', (url, init) => fetch(url, init)],
  ['nodeFetch()', nodeFetch()],
  ['nodeFetch({ dispatcher })', nodeFetch({ dispatcher })],
];
