import { lastValueFrom, toArray } from 'rxjs';
import {
  accumulateMessage,
  finalMessage,
  finalText,
  fromResponse,
  runTools,
  serverSentEvents,
  textDeltas,
  toolUses,
  type Message,
} from '../../src/index.js';
import { buildMessage, thinkingBlock, toolUseBlock } from '../../src/testing/index.js';
import { bodyOf, terminated, writtenBody } from './support/bodies.js';
import { virtualClock } from './support/clock.js';
import { errorOf, outcomeOf, settle, watch } from './support/outcome.js';

/** A response whose body is JSON, in these pieces. */
const json = (...pieces: string[]) => new Response(bodyOf(pieces), { headers: { 'content-type': 'application/json' } });
const answer = buildMessage({ content: 'Hello, world.' });

const citation = { type: 'char_location', cited_text: 'x', document_index: 0, document_title: null };
const contents: [string, readonly object[]][] = [
  ['text', [{ type: 'text', text: 'Hello' }]],
  ['an emoji at every length', [{ type: 'text', text: '👩‍👩‍👧 x 👩‍👩‍👧' }]],
  ['empty text', [{ type: 'text', text: '' }]],
  ['citations', [{ type: 'text', text: 'Hello', citations: [citation, citation] }]],
  ['null citations', [{ type: 'text', text: 'Hello', citations: null }]],
  ['thinking', [thinkingBlock('Hm.'), { type: 'text', text: 'Hello' }]],
  ['omitted thinking', [thinkingBlock(''), { type: 'text', text: 'Hello' }]],
  ['thinking without a signature', [{ type: 'thinking', thinking: 'Hm.' }]],
  ['redacted thinking', [{ type: 'redacted_thinking', data: 'abc' }]],
  ['parallel calls', [toolUseBlock('a', { city: 'Oslo' }, { id: 'id_a' }), toolUseBlock('b', {}, { id: 'id_b' })]],
  ['a server’s call', [{ type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } }]],
  ['a server’s result', [{ type: 'web_search_tool_result', tool_use_id: 's', content: [] }]],
  ['a fallback', [{ type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }]],
  ['a compaction', [{ type: 'compaction', content: 'Summary', encrypted_content: 'e' }]],
  ['a block of tomorrow', [{ type: 'hologram', data: [1] }]],
  ['nothing', []],
];

describe('a JSON body that is a complete message', () => {
  it('is emitted as a stream of its events', async () => {
    const events = await lastValueFrom(fromResponse(json(JSON.stringify(answer))).pipe(toArray()));

    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(await lastValueFrom(fromResponse(json(JSON.stringify(answer))).pipe(textDeltas()))).toBe('Hello, world.');
  });

  it.each(contents)('builds the same message again: %s', async (_, content) => {
    const message = {
      ...answer,
      content,
      stop_reason: 'stop_sequence',
      stop_sequence: 'X',
      stop_details: null,
      container: { id: 'c', expires_at: 'later' },
      context_management: { applied_edits: [] },
      usage: { input_tokens: 3, output_tokens: 9, server_tool_use: { web_search_requests: 1 } },
    };
    const model = JSON.stringify(content).includes('fallback') ? 'b' : message.model;
    const built = await lastValueFrom(fromResponse(json(JSON.stringify(message))).pipe(finalMessage()));

    expect(JSON.parse(JSON.stringify(built))).toEqual({ ...message, model });
  });

  it.each([{}, { usage: null }, { usage: {} }])('may have no usage: %j', async (fields) => {
    const message = await lastValueFrom(
      fromResponse(json(JSON.stringify({ ...answer, usage: undefined, ...fields }))).pipe(finalMessage()),
    );

    expect(message.content).toEqual(answer.content);
  });

  it('emits a refusal with its details', async () => {
    const stop_details = { type: 'refusal', category: 'cyber', explanation: null } as const;
    const refusal = { ...answer, content: [], stop_reason: 'refusal', stop_details };

    expect(await lastValueFrom(fromResponse(json(JSON.stringify(refusal))).pipe(finalMessage()))).toEqual(refusal);
  });

  it('may be split anywhere, and surrounded by white space', async () => {
    const text = `\n  ${JSON.stringify({ ...answer, content: [{ type: 'text', text: 'Größe 👍' }] }, null, 2)}\r\n`;
    const bytes = new TextEncoder().encode(text);
    for (let at = 1; at < bytes.length; at += 7) {
      const body = bodyOf([bytes.slice(0, at), bytes.slice(at)]);
      const response = new Response(body, { headers: { 'content-type': 'application/json; charset=utf-8' } });

      expect(await lastValueFrom(fromResponse(response).pipe(finalText()))).toBe('Größe 👍');
    }
  });

  it('has a snapshot for each event, and its tools can run', async () => {
    const call = { ...answer, content: [toolUseBlock('f', { a: 1 }, { id: 'id_1' })], stop_reason: 'tool_use' };
    const calls = await lastValueFrom(fromResponse(json(JSON.stringify(call))).pipe(toolUses(), toArray()));
    const snapshots = await lastValueFrom(
      fromResponse(json(JSON.stringify(call))).pipe(accumulateMessage(), toArray()),
    );

    expect(calls).toEqual([{ type: 'tool_use', id: 'id_1', name: 'f', input: { a: 1 } }]);
    expect(snapshots.at(-1)).toEqual(call);
  });

  it('is read by runTools', async () => {
    const fetch = () => Promise.resolve(json(JSON.stringify(answer)));
    const params = { model: 'm', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hi' }] };

    expect(await lastValueFrom(runTools(params, { apiKey: 'k', fetch, tools: [] }))).toMatchObject({
      type: 'run_end',
      reason: 'end_turn',
    });
  });

  it('is emitted once its JSON is complete and 5 s have passed, if the connection stays open', async () => {
    const clock = virtualClock();
    const body = writtenBody();
    const response = new Response(body.stream, { headers: { 'content-type': 'application/json' } });
    const seen = watch(fromResponse(response, { scheduler: clock.scheduler }).pipe(finalText()));
    await settle();
    clock.advance(200_000); // the gateway waits for the model
    body.write(JSON.stringify(answer));
    await settle();
    clock.advance(5000);
    await settle();

    expect(seen).toMatchObject({ values: ['Hello, world.'], ended: 'completed' });
    expect(body.isCancelled).toBe(true);
  });

  it('is a timeout if it never arrives', async () => {
    const clock = virtualClock();
    const response = new Response(writtenBody().stream, { headers: { 'content-type': 'application/json' } });
    const seen = watch(fromResponse(response, { scheduler: clock.scheduler, timeout: { idleMs: 60_000 } }));
    await settle();
    clock.advance(60_000);

    expect(seen.error).toMatchObject({ name: 'APIConnectionTimeoutError', timeout: 'idleMs' });
  });

  it('is emitted although the connection was lost after it', async () => {
    const body = bodyOf([JSON.stringify(answer)], terminated());
    const response = new Response(body, { headers: { 'content-type': 'application/json' } });

    expect(await lastValueFrom(fromResponse(response).pipe(finalText()))).toBe('Hello, world.');
  });

  it('is a lost connection if that happened inside it', async () => {
    const text = JSON.stringify(answer);
    for (const length of [0, 1, 30, text.length - 1]) {
      const body = bodyOf([text.slice(0, length)], terminated());
      const response = new Response(body, { headers: { 'content-type': 'application/json' } });

      expect(await errorOf(fromResponse(response))).toMatchObject({
        name: 'APIConnectionError',
        retryable: true,
        phase: 'before-content',
      });
    }
  });

  it.each([
    ['ends inside', JSON.stringify(answer).slice(0, -1)],
    ['is not a message', JSON.stringify({ ...answer, type: 'completion' })],
    ['lacks what a message has', JSON.stringify({ ...answer, content: 'Hello' })],
    ['has a block without a type', JSON.stringify({ ...answer, content: [{ text: 'Hello' }] })],
    ['has a text that is not a string', JSON.stringify({ ...answer, content: [{ type: 'text', text: 1 }] })],
    ['is null', 'null'],
    ['is empty', ''],
  ])('is an InvalidEventError if it %s', async (_, text) => {
    const { values, error } = await outcomeOf(fromResponse(json(text)));

    expect(values).toEqual([]);
    expect(error).toMatchObject({ name: 'InvalidEventError', data: text.slice(0, 200) });
    expect(String(error)).toContain('got application/json');
  });

  it('may be as long as maxBufferSize', async () => {
    const long: Message = buildMessage({ content: 'x'.repeat(100_000) });
    const text = JSON.stringify(long);
    const read = (maxBufferSize: number) => fromResponse(json(text), { maxBufferSize }).pipe(finalMessage());

    expect(await lastValueFrom(read(text.length + 1))).toEqual(long);
    expect(String(await errorOf(read(50_000)))).toContain('longer than maxBufferSize');
  });

  it('is an error for serverSentEvents, which has no messages', async () => {
    expect(await errorOf(serverSentEvents(json(JSON.stringify(answer))))).toMatchObject({ name: 'InvalidEventError' });
  });

  it.each(['text/plain', 'text/event-stream', undefined])('may have the content type %p', async (type) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    for (const pieces of [[JSON.stringify(answer)], Array.from(JSON.stringify(answer, null, 2))]) {
      const response = new Response(bodyOf(pieces), { headers });

      expect(await lastValueFrom(fromResponse(response).pipe(finalText()))).toBe('Hello, world.');
    }
  });
});
