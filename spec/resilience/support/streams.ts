import type { ContentBlock, Message, MessageStreamEvent } from 'rxjs-anthropic';
import {
  buildMessage,
  eventsOf,
  sseOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type AnyContentBlock,
  type SseOfOptions,
} from 'rxjs-anthropic/testing';

/** A message that the fake API sends, and how it is formatted. */
export interface Answer {
  readonly name: string;
  readonly message: Message;
  /** The text of all its text blocks, joined: what a UI should show in the end. */
  readonly text: string;
  readonly writing: Writing;
}

/** How the message is split into events, and how these are formatted. */
export interface Writing extends SseOfOptions {
  /** Length of a delta, in UTF-16 code units. */
  readonly deltaLength: number;
  /** The number of events after which a `ping` follows. Default: no pings. */
  readonly pingEvery?: number;
  /** Whether a surrogate pair is split between two deltas, as some gateways do. Default false. */
  readonly splitsPairs?: boolean;
}

function answer(name: string, content: readonly (string | AnyContentBlock)[], writing: Writing): Answer {
  const message = buildMessage({ content });
  return { name, message, text: textOf(message.content), writing };
}

const text = answer('text', ['The tide comes in twice a day.\n\n- ebb 🌊\n- flow  '], { deltaLength: 9 });

const thinking = answer(
  'thinking and text',
  [
    thinkingBlock('Moon, then sun.\n潮汐?', { signature: 'EqQBCkYIBRgCKkA=' }),
    'Mostly the moon; the sun helps.\n\nTwice a month both pull.',
  ],
  { deltaLength: 12, padding: 3, pingEvery: 4 },
);

const tools = answer(
  'parallel tools',
  [
    'I will look at both.\n\n',
    toolUseBlock('get_tide', { harbour: 'Saint-Malo', days: [1, 2.5], note: 'a "b" \\ 😀' }, { id: 'toolu_1' }),
    toolUseBlock('get_tide', { harbour: '横浜' }, { id: 'toolu_2' }),
  ],
  { deltaLength: 16, crlf: true },
);

const citations = answer(
  'citations',
  [
    'Two sources: ',
    textBlock('the tide is highest at new moon', {
      citations: [
        {
          type: 'web_search_result_location',
          cited_text: 'highest at new moon 🌑',
          url: 'https://example.com/tides?a=1&b=2',
          title: null,
          encrypted_index: 'Eo8B',
        },
      ],
    }),
    textBlock(' '), // between two blocks with citations, the API sends blocks of white space
    textBlock('and at full moon ', {
      citations: [
        {
          type: 'char_location',
          cited_text: 'full',
          document_index: 0,
          document_title: '潮',
          start_char_index: 0,
          end_char_index: 4,
        },
      ],
    }),
    textBlock('\n\n'),
    'That is all.',
  ],
  { deltaLength: 10 },
);

const PARAGRAPHS = [
  '# 潮の満ち引き\n\nNaïve café: the e\u0301 here is two characters, 👩‍👩‍👧‍👦 is seven, 🇨🇭 two. ',
  '天空是蓝色的。为什么？因为瑞利散射。𠮷野家で会いましょう。\n\n',
  '```ts\nif (tide) {\n    rise();\n        // deeper\n}\n```\n\n',
  '| a | b |\n|---|---|\n| 1 | 👋🏽 |\n\n',
];

const long = answer(
  'long',
  [
    PARAGRAPHS.join(''),
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'spring tide 大潮' } },
    {
      type: 'web_search_tool_result',
      tool_use_id: 'srvtoolu_1',
      content: [
        {
          type: 'web_search_result',
          url: 'https://example.com',
          title: 'Tides',
          page_age: null,
          encrypted_content: 'E',
        },
      ],
    },
    `\n\nWhat I found: ${[...PARAGRAPHS].reverse().join('')}`,
    'Last words 😀😀, “quoted” — and a trailing space ',
  ],
  { deltaLength: 24, pingEvery: 7, splitsPairs: true, eventLines: false },
);

/** The five streams that every fault is tried on, the shortest first. */
export const answers: readonly [Answer, ...Answer[]] = [text, thinking, tools, citations, long];

/** The text of all text blocks, joined. */
export function textOf(content: readonly ContentBlock[] | undefined): string {
  return (content ?? []).map((block) => (block.type === 'text' ? block.text : '')).join('');
}

/** The text of all events, joined. */
export function textOfEvents(events: readonly MessageStreamEvent[]): string {
  const pieces = events.map((event) => {
    if (event.type === 'content_block_start' && event.content_block.type === 'text') return event.content_block.text;
    return event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '';
  });
  return pieces.join('');
}

/** A stream on the wire. */
export interface Wire {
  readonly events: readonly MessageStreamEvent[];
  readonly frames: readonly Uint8Array[];
  readonly bytes: Uint8Array;
  /** The offset at which each frame begins, in bytes. */
  readonly starts: readonly number[];
  /** The offset at which the data of each event is complete, in bytes: after its closing brace. */
  readonly ends: readonly number[];
}

/** Formats a message as the API sends it. */
export function wireOf(message: Message, writing: Writing): Wire {
  const { deltaLength, pingEvery, splitsPairs = false, ...sse } = writing;
  const all = eventsOf(message, { deltaLength, ...(pingEvery !== undefined && { pingEvery }) });
  const events = splitsPairs ? all.flatMap(withSplitPairs) : all;
  const encoder = new TextEncoder();
  const texts = events.map((event) => sseOf([event], sse));
  const frames = texts.map((frame) => encoder.encode(frame));
  const starts: number[] = [];
  const ends: number[] = [];
  let length = 0;
  frames.forEach((frame, i) => {
    starts.push(length);
    ends.push(length + encoder.encode(texts[i]?.trimEnd()).length);
    length += frame.length;
  });
  return { events, frames, bytes: Buffer.concat(frames), starts, ends };
}

/** Splits a text delta within its first surrogate pair, if it has one. */
function withSplitPairs(event: MessageStreamEvent): MessageStreamEvent[] {
  if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') return [event];
  const { text } = event.delta;
  const at = text.search(/[\uD800-\uDBFF][\uDC00-\uDFFF]/) + 1;
  if (at === 0) return [event];
  return [text.slice(0, at), text.slice(at)].map((half) => ({
    ...event,
    delta: { type: 'text_delta', text: half },
  }));
}
