/** What `streamMessage` reports for each fault in the table of docs/testing.md, with and without sockets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamMessage, type StreamMessageOptions } from '../../src/index.js';
import { buildMessage, errorEvent, eventsOf, messagesFetch, type MessagesScript } from '../../src/testing/index.js';
import { outcomeOf } from '../source/support/outcome.js';
import { closeServers, serve } from './support/server.js';

afterEach(closeServers);

const message = buildMessage({ content: 'Good morning. How are you?' });
const params = { model: 'claude-sonnet-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const timeout = (name: string) => ({ timeout: { [name]: 50 } });
const overloaded = errorEvent('overloaded_error', 'Overloaded');
const pings = function* () {
  for (;;) yield { type: 'ping' };
};

/** The first column of the table, a script, options of the client, and what is reported. */
const faults: readonly (readonly [string, MessagesScript, object, StreamMessageOptions?])[] = [
  ['an error status', { status: 429 }, { name: 'RateLimitError' }],
  ['another body of an error', { status: 502, body: '<html>Bad</html>' }, { name: 'InternalServerError' }],
  ['no response', { noResponse: 'close' }, { name: 'APIConnectionError', phase: 'connect' }],
  ['no response', { noResponse: 'reset' }, { name: 'APIConnectionError', phase: 'connect' }],
  ['slow headers', { delayMs: 60_000 }, { timeout: 'headersMs' }, timeout('headersMs')],
  ['the stream ends early', { message, after: { event: 4, then: 'end' } }, { name: 'IncompleteMessageError' }],
  ['the connection is closed', { message, after: { event: 4, then: 'disconnect' } }, { name: 'APIConnectionError' }],
  ['the connection is reset', { message, after: { text: 'Good', then: 'reset' } }, { name: 'APIConnectionError' }],
  ['nothing more arrives', { message, after: { event: 0, then: 'stall' } }, { timeout: 'firstEventMs' }, timeout('firstEventMs')], // prettier-ignore
  ['nothing more arrives', { message, after: { event: 4, then: 'stall' } }, { timeout: 'idleMs' }, timeout('idleMs')],
  ['nothing more arrives', { message, after: { event: 4, then: 'stall' } }, { timeout: 'contentMs' }, timeout('contentMs')], // prettier-ignore
  ['an error event', { events: eventsOf(message, { cutAt: 4, error: overloaded }) }, { name: 'OverloadedError' }],
  ['a fault within an event or a character', { message, cutAtByte: 700 }, { name: 'IncompleteMessageError' }],
  ['only pings', () => ({ events: pings(), paceMs: 10 }), { timeout: 'contentMs' }, timeout('contentMs')],
  ['data that is not JSON', { events: ['data: {oops\n\n'] }, { name: 'InvalidEventError' }],
  ['events out of order', { events: eventsOf(message).slice(1) }, { name: 'InvalidEventError' }],
  ['a page instead of a stream', { body: '<html>', headers: { 'content-type': 'text/html' } }, { name: 'InvalidEventError' }], // prettier-ignore
  ['an empty body', { events: [] }, { name: 'IncompleteMessageError' }],
];

/** Replies that are sent in another way, but complete. */
const deliveries: readonly (readonly [string, MessagesScript])[] = [
  ['slow writes', { message, paceMs: 1 }],
  ['other chunks', { message, chunkBytes: 1 }],
  ['other line ends, no `event:` lines, padding', { message, crlf: true, eventLines: false, padding: 30 }],
  ['compression', { message, gzip: true }],
];

const transports = {
  startMessagesServer: async (script: MessagesScript) => ({ baseURL: (await serve(script)).url }),
  messagesFetch: (script: MessagesScript) => ({ baseURL: 'http://localhost', fetch: messagesFetch(script) }),
};

describe.each(Object.entries(transports))('%s', (_, transportFor) => {
  const read = async (script: MessagesScript, options: StreamMessageOptions = {}) =>
    outcomeOf(streamMessage(params, { apiKey: 'test', ...options, ...(await transportFor(script)) }));

  it.each(faults.map(([fault, ...details], row) => ({ fault, row, details })))(
    '$fault (case $row)',
    async ({ details: [script, expected, options] }) => {
      expect((await read(script, options)).error).toMatchObject(expected);
    },
  );

  it.each(deliveries.map(([delivery, script]) => ({ delivery, script })))('$delivery', async ({ script }) => {
    expect(await read(script)).toMatchObject({ values: eventsOf(message), ended: 'completed' });
  });
});

it('has a case for each row of the table', () => {
  const text = readFileSync(join(__dirname, '../../docs/testing.md'), 'utf8');
  const section = /^## Faults\n([^]*?)^## /m.exec(text)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| (?!fault|---)([^|]+) \|/gm)].map(([, name]) => name);

  expect([...new Set([...faults, ...deliveries].map(([name]) => name))].sort()).toEqual(rows.sort());
});
