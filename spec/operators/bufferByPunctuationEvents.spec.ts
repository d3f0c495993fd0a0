import { concat, from, lastValueFrom, NEVER, toArray } from 'rxjs';
import { z } from 'zod';
import {
  bufferByPunctuation,
  defineTool,
  runTools,
  textDeltas,
  type AnyEvent,
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
import { itKeepsTheOperatorContract } from '../support/contract.js';
import { blockStart, blockStop, messageStart, messageStop, restart, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { params } from '../tools/support/turns.js';
import { onlyMarks } from './support/pieces.js';

/** Returns the pieces that these events emit before the source ends. */
function piecesBeforeEnd(events: readonly AnyEvent[]): string[] {
  const pieces: string[] = [];
  concat(from(events), NEVER)
    .pipe(bufferByPunctuation(onlyMarks))
    .subscribe((piece) => pieces.push(piece))
    .unsubscribe();
  return pieces;
}

function messageOf(...content: readonly (string | AnyContentBlock)[]): MessageStreamEvent[] {
  return eventsOf(buildMessage({ content }), { deltaLength: 3 });
}

describe('bufferByPunctuation: events', () => {
  itKeepsTheOperatorContract<MessageStreamEvent, string>(() => bufferByPunctuation(), {
    values: messageOf('Hello, world. How are you?'),
    empty: 'completes',
  });

  it('emits pieces of the text, and of nothing else', async () => {
    const message = messageOf(thinkingBlock('Hm. So.'), 'One. Two. Three', toolUseBlock('get', { a: 'b. c' }));

    expect(await lastValueFrom(from(message).pipe(bufferByPunctuation(onlyMarks), toArray()))).toEqual([
      'One.',
      ' Two.',
      ' Three',
    ]);
  });

  it('emits the text that a message or a block starts with', () => {
    expect(
      piecesBeforeEnd([
        messageStart({ content: [textBlock('Before. ')] }),
        blockStart(1, textBlock('Hi. ')),
        textDelta('there', 1),
        messageStop,
      ]),
    ).toEqual(['Before.', ' Hi.', ' there']);
  });

  it('emits what is held back when a message ends, and joins no words of two messages', () => {
    expect(piecesBeforeEnd([...messageOf('Let me look'), ...messageOf('It is warm')])).toEqual([
      'Let me look',
      'It is warm',
    ]);
  });

  it('emits what is held back when the next message starts, if the last one did not stop', () => {
    expect(
      piecesBeforeEnd([messageStart(), textDelta('One'), messageStart({ content: [textBlock('Two')] }), messageStop]),
    ).toEqual(['One', 'Two']);
  });

  it(
    'emits what is held back when a block of another type starts',
    marbles(({ cold, expectObservable }) => {
      const source = cold<MessageStreamEvent>(' --a--e--u------|', {
        a: textDelta('Let me look'),
        e: blockStop(0),
        u: blockStart(1, toolUseBlock('get', {})),
      });
      const expected = '                       --------x------|';

      expectObservable(source.pipe(bufferByPunctuation(onlyMarks))).toBe(expected, { x: 'Let me look' });
    }),
  );

  it('joins the text blocks of a message, into which citations split sentences', () => {
    expect(piecesBeforeEnd(messageOf('The grass is ', 'green', '. The sky'))).toEqual([
      'The grass is green.',
      ' The sky',
    ]);
  });

  it('keeps text without a letter or a digit for the piece after it', () => {
    expect(piecesBeforeEnd([...messageOf('One.\n'), ...messageOf('…'), ...messageOf('Two')])).toEqual([
      'One.',
      '\n…Two',
    ]);
  });

  it('starts a new line with each message', () => {
    expect(piecesBeforeEnd([...messageOf('Look'), ...messageOf('100. Hundredth')])).toEqual(['Look', '100. Hundredth']);
  });

  it('joins surrogate pairs, and emits half of one at the end', () => {
    expect(
      piecesBeforeEnd([messageStart(), textDelta('a\ud83d'), textDelta('\ude00b\ud83d'), blockStop(), messageStop]),
    ).toEqual(['a😀b\ud83d']);
  });

  it('speaks before the tools of a run have finished', () => {
    const pieces: string[] = [];
    const tool = defineTool({ name: 'look', input: z.object({}), run: () => NEVER });
    runTools(params, { tools: [tool], request: () => from(messageOf('Let me look', toolUseBlock('look', {}))) })
      .pipe(bufferByPunctuation(onlyMarks))
      .subscribe((piece) => pieces.push(piece))
      .unsubscribe();

    expect(pieces).toEqual(['Let me look']);
  });

  describe('message_restart', () => {
    it('drops what is held back, and is not emitted', () => {
      expect(piecesBeforeEnd([messageStart(), textDelta('One. Tw'), restart(), ...messageOf('One. Two')])).toEqual([
        'One.',
        'One.',
        ' Two',
      ]);
      expect(piecesBeforeEnd([restart(), ...messageOf('One')])).toEqual(['One']);
    });
  });

  it('emits the same text as textDeltas', async () => {
    const events = [...messageOf('One. Two', toolUseBlock('get', {}), '\n'), restart(), ...messageOf('…', ' Three. ')];
    const text = await lastValueFrom(from(events).pipe(textDeltas(), toArray()));
    const pieces = await lastValueFrom(from(events).pipe(bufferByPunctuation(), toArray()));

    expect(pieces.join('')).toBe(text.join('').replace('\n', '')); // the line feed was held back at the restart
  });

  it('accepts events of types that it does not know', async () => {
    const source = from<AnyEvent[]>([
      { type: 'news' },
      textDelta('One.'),
      { type: 'tool_progress' },
      textDelta(' Two'),
    ]);

    expect(await lastValueFrom(source.pipe(bufferByPunctuation(onlyMarks), toArray()))).toEqual(['One.', ' Two']);
  });
});
