/** The place where a continuation meets the message so far: bugs that the exhaustive specs found, each in a few events. */
import { concat, EMPTY, from, lastValueFrom, throwError, toArray, type Observable } from 'rxjs';
import { Seam } from '../../src/accumulate/seam.js';
import {
  APIConnectionError,
  continueOnConnectionError,
  finalMessage,
  finalText,
  IncompleteMessageError,
  toolInputStatus,
  toolUses,
  type MessageStreamEvent,
} from '../../src/index.js';
import {
  buildMessage,
  eventsOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
} from '../../src/testing/index.js';

const lost = new APIConnectionError('The connection was lost', { phase: 'mid-content' });
const search: AnyContentBlock = {
  type: 'server_tool_use',
  id: 'srvtoolu_1',
  name: 'web_search',
  input: { query: 'tide' },
};
const found: AnyContentBlock = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] };

function wordsOf(content: readonly AnyContentBlock[], id = 'msg_1'): MessageStreamEvent[] {
  return eventsOf(buildMessage({ id, content }), { deltaLength: Infinity });
}

/** A message whose connection is lost after the last event that matches, and that is continued with other blocks. */
function continued(
  before: readonly AnyContentBlock[],
  isLast: (event: MessageStreamEvent) => boolean,
  after: readonly AnyContentBlock[],
): Observable<MessageStreamEvent> {
  const events = wordsOf(before);
  const kept = events.slice(0, events.map(isLast).lastIndexOf(true) + 1);
  return concat(
    from(kept),
    throwError(() => lost),
  ).pipe(
    continueOnConnectionError({ continueWith: () => from(wordsOf(after, 'msg_2')), initialDelayMs: 0, jitter: 0 }),
  );
}

const ofBlock = (index: number, type: MessageStreamEvent['type']) => (event: MessageStreamEvent) =>
  event.type === type && 'index' in event && event.index === index;

describe('white space', () => {
  it('before half of a surrogate pair is emitted once, and so is the character', () => {
    for (const rest of [' \ud83d\ude00!', '\ud83d\ude00!']) {
      const seam = new Seam('Hi \ud83d');
      const joined = `Hi \ud83d${Array.from(rest, (piece) => seam.add(piece)).join('')}${seam.end()}`;

      expect(joined).toBe('Hi \ud83d\ude00!');
    }
  });

  it('that is repeated in several blocks is emitted once', async () => {
    const before = [textBlock('Full moon. '), textBlock('\n\n')];
    const again = [textBlock(' '), textBlock('\n\n'), textBlock('That is all.')];

    expect(await lastValueFrom(continued(before, ofBlock(1, 'content_block_delta'), again).pipe(finalText()))).toBe(
      'Full moon. \n\nThat is all.',
    );
  });

  it('after a server tool call is not mistaken for white space before it', async () => {
    const before = [textBlock('I look.\n\n'), search];
    const after = [search, found, textBlock('\n\nIt is high.')];

    expect(await lastValueFrom(continued(before, ofBlock(1, 'content_block_start'), after).pipe(finalText()))).toBe(
      'I look.\n\n\n\nIt is high.',
    );
  });

  it('after a repeated server tool call is emitted once', async () => {
    const before = [textBlock('I look.'), search, found, textBlock('\n\n')];
    const after = [search, found, textBlock('\n\nIt is high.')];

    expect(await lastValueFrom(continued(before, ofBlock(3, 'content_block_delta'), after).pipe(finalText()))).toBe(
      'I look.\n\nIt is high.',
    );
  });

  it('is still recognized after a thinking block', async () => {
    const after = [thinkingBlock('Where was I?'), textBlock(' world')];

    expect(
      await lastValueFrom(continued([textBlock('Hello ')], ofBlock(0, 'content_block_delta'), after).pipe(finalText())),
    ).toBe('Hello world');
  });

  it('that was all of a continuation is preserved when the next one fails', async () => {
    const rest: Observable<MessageStreamEvent>[] = [
      from(wordsOf([textBlock(' ')], 'msg_2').slice(0, 3)),
      EMPTY,
      EMPTY,
      EMPTY,
    ];
    const source = from(wordsOf([textBlock('Hello')]).slice(0, 3)).pipe(
      continueOnConnectionError({ continueWith: () => rest.shift() ?? EMPTY, initialDelayMs: 0, jitter: 0 }),
    );

    await expect(lastValueFrom(source)).rejects.toMatchObject({ partial: { content: [textBlock('Hello ')] } });
  });

  it('that was partly repeated is not emitted twice when the continuation fails', async () => {
    const rest = [
      from(wordsOf([textBlock(' ')], 'msg_2').slice(0, 3)),
      from(wordsOf([textBlock(' \n\nBye.')], 'msg_3')),
    ];
    const source = from(wordsOf([textBlock('Hello \n\n')]).slice(0, 3)).pipe(
      continueOnConnectionError({ continueWith: () => rest.shift() ?? EMPTY, initialDelayMs: 0, jitter: 0 }),
    );

    expect(await lastValueFrom(source.pipe(finalText()))).toBe('Hello \n\nBye.');
  });

  it('without an end is not held back forever', () => {
    const seam = new Seam('Hello ');
    const emitted = Array.from({ length: 1000 }, () => seam.add(' ')).join('');

    expect(emitted.length).toBeGreaterThan(700);
    expect((emitted + seam.end()).length).toBe(999);
  });
});

describe('an incomplete tool call', () => {
  const call = toolUseBlock('write_file', { path: 'a' }, { id: 'toolu_1' });
  const before = [textBlock('I write. '), call];
  const places: [string, (event: MessageStreamEvent) => boolean][] = [
    ['truncated before its first argument', ofBlock(1, 'content_block_start')],
    ['truncated after its last argument, before its end', ofBlock(1, 'content_block_delta')],
  ];

  it.each(places)('%s is never taken for a complete one', async (_, isLast) => {
    const source = continued(before, isLast, [call]);
    const { content, stop_reason } = await lastValueFrom(source.pipe(finalMessage()));
    const states = content.map((block) => (block.type === 'tool_use' ? toolInputStatus(block).state : block.type));

    expect([stop_reason, states]).toEqual(['tool_use', ['text', 'invalid', 'complete']]);
    expect(await lastValueFrom(source.pipe(toolUses(), toArray()))).toEqual([call]);
  });
});

it('a continuation that is withdrawn without a reason, as by a relay, fails', async () => {
  const withdrawn = [
    ...wordsOf([textBlock('more')], 'msg_2').slice(0, 3),
    { type: 'message_restart' },
  ] as MessageStreamEvent[];
  const source = concat(from(wordsOf([textBlock('One ')]).slice(0, 3)), EMPTY).pipe(
    continueOnConnectionError({
      continueWith: () => from(withdrawn),
      maxContinuations: 1,
      initialDelayMs: 0,
      jitter: 0,
    }),
  );

  await expect(lastValueFrom(source)).rejects.toBeInstanceOf(IncompleteMessageError);
});
