/**
 * A subscriber that joins a stream with its compacted events, at any event, sees the same as one that was there from the
 * start. Streams are random, of everything that the API, a retry and `runTools` send, and in stranger orders.
 */
import * as fc from 'fast-check';
import { concat, filter, from, map, materialize, NEVER, pipe, type OperatorFunction } from 'rxjs';
import { CompactEvents } from '../../src/accumulate/compactEvents.js';
import {
  accumulateMessage,
  citations,
  contentBlocks,
  tapMessage,
  textDeltas,
  thinkingDeltas,
  toolInput,
  toolInputStatus,
  toolUses,
  usage,
  type AnyEvent,
  type ContentBlock,
  type ToolInput,
} from '../../src/index.js';
import { messageState } from '../../src/operators/messageState.js';
import { streams } from '../fixtures/streams.js';

function compact(events: readonly AnyEvent[]): readonly AnyEvent[] {
  const kept = new CompactEvents();
  for (const event of events) kept.add(event);
  return kept.events;
}

/** What a consumer of an operator shows: it clears everything on `message_restart`. */
function shown<T>(events: readonly AnyEvent[], operator: OperatorFunction<AnyEvent, T>): (T | { failed: string })[] {
  let seen: (T | { failed: string })[] = [];
  const watched = tapMessage({
    restart() {
      seen = [];
    },
  });
  concat(from(events), NEVER)
    .pipe(watched, operator, materialize())
    .subscribe(({ kind, value, error }) => {
      if (kind === 'N' && value !== undefined) seen.push(value);
      if (kind === 'E') seen.push({ failed: String(error) });
    });
  return seen;
}

/** The texts and citations of each block, because those of interleaved blocks are emitted in another order. */
function texts(events: readonly AnyEvent[]) {
  let texts: Record<string, string> = {};
  let messages = 0;
  const add = (kind: string) => (piece: string, index: number) => {
    const key = `${kind} ${messages} ${index}`;
    texts[key] = (texts[key] ?? '') + piece;
  };
  from(events)
    .pipe(
      tapMessage({
        text: add('text'),
        thinking: add('thinking'),
        inputJson: add('json'),
        citation: ({ cited_text }, index) => {
          add('citation')(`[${cited_text}]`, index);
        },
        message: () => {
          messages += 1;
        },
        restart: () => {
          texts = {};
        },
      }),
    )
    .subscribe();
  return texts;
}

/** The statuses of the inputs. While one is partial, the `raw` text of its status is that of the last visible change. */
const statuses = (content: readonly ContentBlock[]) =>
  content.map((block) => {
    const status = 'input' in block ? toolInputStatus(block) : undefined;
    return status?.state === 'partial' ? 'partial' : status;
  });

const isDone = (value: ToolInput<unknown> | { failed: string }) => 'failed' in value || value.done;

/** The text of the state is that of all blocks: if they are interleaved, its parts are in another order. */
const stateInAnyOrder = pipe(
  messageState(),
  map((state) => ({ ...state, text: state.text.split('').sort() })),
);

const isRestart = ({ type }: AnyEvent) => type === 'message_restart';

/** What a consumer has after some number of events. */
function view(events: readonly AnyEvent[]) {
  const blocks = shown(events, contentBlocks());
  const snapshot = shown(events, accumulateMessage()).at(-1);
  return {
    snapshot,
    statuses: snapshot && 'content' in snapshot ? statuses(snapshot.content) : undefined,
    wholes: shown(events, accumulateMessage({ emit: 'final' })),
    blocks,
    blockStatuses: statuses(blocks.filter((block) => 'type' in block)),
    calls: shown(events, toolUses()),
    // An input that is no JSON ends the result: who came before a restart has not seen what follows it.
    inputs: shown(events.slice(events.map(isRestart).lastIndexOf(true) + 1), toolInput('get')).filter(isDone),
    usage: shown(events, usage()).at(-1),
    state: shown(events, stateInAnyOrder).at(-1),
    texts: texts(events),
    others: shown(
      events,
      filter(({ type }) => type === 'tool_result' || type === 'odd'),
    ),
  };
}

type Step = readonly [what: string, block: number, piece: string];

const kinds = {
  text: { type: 'text', text: '', citations: null },
  thinking: { type: 'thinking', thinking: '', signature: '' },
  get: { type: 'tool_use', id: 'toolu_1', name: 'get', input: {} },
  search: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  hologram: { type: 'hologram', depth: 1 },
  redacted: { type: 'redacted_thinking', data: 'x' },
  fallback: { type: 'fallback', from: { model: 'one' }, to: { model: 'two' } },
};
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[];

/** Returns a delta for each kind of block. */
function deltaOf(kind: keyof typeof kinds, variant: number, piece: string): object {
  const citation = { type: 'char_location', cited_text: piece };
  const odd = { type: 'odd_delta', odd: piece, all: [piece], last: piece.length };
  switch (kind) {
    case 'text':
      return variant % 4 === 3 ? { type: 'citations_delta', citation } : { type: 'text_delta', text: piece };
    case 'thinking':
      return variant % 4 === 3
        ? { type: 'signature_delta', signature: piece }
        : { type: 'thinking_delta', thinking: piece };
    case 'get':
    case 'search':
      return { type: 'input_json_delta', partial_json: piece };
    default:
      return variant % 2 === 0 ? odd : { type: 'odd_delta', odd: piece };
  }
}

/** Converts steps to a stream whose events are in a valid order. */
function play(steps: readonly Step[]): AnyEvent[] {
  const events: AnyEvent[] = [];
  const emit = (type: string, fields: object = {}): void => {
    events.push({ type, ...fields });
  };
  let messages = 0;
  let isOpen = false;
  let hasReason = false; // no block goes on after the stop reason
  let open = new Map<number, keyof typeof kinds>();
  let next = 0;
  const blockAt = (n: number) => [...open][n % Math.max(open.size, 1)];

  for (const [what, n, piece] of steps) {
    if (what === 'restart') {
      emit('message_restart', { attempt: 2, delayMs: 0, error: piece });
      isOpen = false;
    } else if (what === 'odd' || what === 'ping' || what === 'tool_result' || what === 'tool_progress') {
      emit(what, { n });
    } else if (!isOpen) {
      const content =
        n % 5 === 4
          ? [
              { type: 'text', text: piece },
              { ...kinds.get, input: { n } },
            ]
          : [];
      const head = { role: 'assistant', type: 'message', model: 'one', stop_reason: null, stop_sequence: null };
      messages += 1;
      const message = { id: `msg_${messages}`, ...head, content, usage: { input_tokens: n, output_tokens: 1 } };
      emit('message_start', { message });
      if (n % 7 === 6) emit('message_start', { message }); // as some gateways do
      isOpen = true;
      hasReason = false;
      open = new Map();
      next = content.length;
    } else if (what === 'start') {
      if (hasReason) continue;
      const kind = kindNames[n % kindNames.length] ?? 'text';
      const index = next + (n % 3 === 2 ? 2 : 0); // with gaps
      next = index + 1;
      const id = `toolu_${messages}_${index}`;
      emit('content_block_start', {
        index,
        content_block: { ...kinds[kind], ...(kind === 'get' || kind === 'search' ? { id } : {}) },
      });
      open.set(index, kind);
    } else if (what === 'delta') {
      const [index, kind] = blockAt(n) ?? [];
      if (index !== undefined && kind !== undefined) {
        emit('content_block_delta', { index, delta: deltaOf(kind, n, piece) });
      }
    } else if (what === 'stop') {
      const [index] = blockAt(n) ?? [];
      if (index === undefined) continue;
      emit('content_block_stop', { index });
      open.delete(index);
    } else if (what === 'head') {
      emit('message_delta', {
        delta: n % 2 === 0 ? { container: { id: piece, expires_at: '' } } : {},
        usage: n % 3 === 0 ? { output_tokens: n, input_tokens: null } : { output_tokens: n, odd: { n } },
      });
    } else if (what === 'end') {
      const reason = ['end_turn', 'tool_use', 'max_tokens', 'refusal'][n % 4];
      const delta = { stop_reason: hasReason ? null : reason, stop_sequence: null };
      emit('message_delta', { delta, usage: { output_tokens: n } });
      hasReason = true;
      open = new Map();
      if (n % 5 === 0) continue;
      emit('message_stop');
      isOpen = false;
    }
  }
  return events;
}

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant('start') },
    { weight: 12, arbitrary: fc.constant('delta') },
    { weight: 3, arbitrary: fc.constant('stop') },
    { weight: 1, arbitrary: fc.constantFrom('end', 'restart') },
    { weight: 3, arbitrary: fc.constantFrom('head', 'odd', 'ping', 'tool_result', 'tool_progress') },
  ),
  fc.nat(20),
  fc.constantFrom('', 'a', 'Hi \ud83d', '\ude00!', '{"a":', '1}', '{}', '"b', '[2,3]', '🌱', 'end}'),
);
const stream = fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }).map(play);

/** After how many events a subscriber joins, and after how many the two are compared. */
const cuts = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));

describe('compacted events', () => {
  it('rebuild what an early consumer has, and continue in the same way', () => {
    fc.assert(
      fc.property(stream, cuts, (events, [from, to]) => {
        const joined = Math.round(from * events.length);
        const compared = joined + Math.round(to * (events.length - joined));
        const early = events.slice(0, compared);
        const late = [...compact(events.slice(0, joined)), ...events.slice(joined, compared)];

        expect(view(late)).toEqual(view(early));
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('are minimal: compacting them again changes nothing', () => {
    fc.assert(
      fc.property(stream, (events) => {
        const kept = compact(events);

        expect(compact(kept)).toEqual(kept);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('have each tool result after the calls that it can answer', () => {
    const startsBefore = (events: readonly AnyEvent[]) =>
      [...events.entries()]
        .filter(([, { type }]) => type === 'tool_result')
        .map(([at]) => events.slice(0, at).filter(({ type }) => type === 'content_block_start').length);
    const kept = fc.array(step).map((steps) => play(steps.filter(([what]) => what !== 'restart')));

    fc.assert(
      fc.property(kept, (events) => {
        expect(startsBefore(compact(events))).toEqual(startsBefore(events));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each(streams)('have the same text in the same order, $name', ({ events }) => {
    const joined = (all: readonly AnyEvent[], operator: OperatorFunction<AnyEvent, string>) =>
      shown(all, operator).map(String).join('');

    for (let position = 0; position <= events.length; position += 1) {
      const late = [...compact(events.slice(0, position)), ...events.slice(position)];

      expect(joined(late, textDeltas())).toBe(joined(events, textDeltas()));
      expect(joined(late, thinkingDeltas())).toBe(joined(events, thinkingDeltas()));
      expect(shown(late, citations())).toEqual(shown(events, citations()));
      expect(view(late)).toEqual(view(events));
    }
  });
});
