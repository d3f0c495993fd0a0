/** The workloads of operators that buffer, merge or pace text. */
import { from, interval, map, of, queueScheduler, take, VirtualTimeScheduler } from 'rxjs';
import * as api from '../../../src/index.js';
import { eventsWith, fragmentsOf, proseOf, unbrokenOf, interleavedEvents } from '../growingInputs.js';
import { type Prepare, consume, on, onMixed, onText, type Workloads } from './workload.js';

/** `smoothText` on pieces of text, one in each interval of this time, in virtual time. */
function onSmooth(text: (n: number) => string, everyMs: number, options: api.SmoothTextOptions): Prepare {
  return (n) => {
    const list = fragmentsOf(text(n));
    return () => {
      const scheduler = new VirtualTimeScheduler();
      const arriving = interval(everyMs, scheduler).pipe(
        take(list.length),
        map((i) => list[i] ?? ''),
      );
      const source = everyMs === 0 ? from(list) : arriving;
      const done = consume(source.pipe(api.smoothText({ ...options, scheduler })));
      scheduler.flush();
      return done;
    };
  };
}

export const textWorkloads: Workloads = {
  bufferByPunctuation: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferByPunctuation())),
    'text without a mark': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByPunctuation())),
    'one long piece': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByPunctuation({ maxLength: Infinity }))),
  },
  bufferByLine: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferByLine())),
    'one long line': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByLine({ maxLength: Infinity }))),
    'a long line in parts': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByLine({ maxLength: 80 }))),
  },
  bufferByWord: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferByWord({ locale: 'en' }))),
    'one fragment': (n) => {
      const text = proseOf(n);
      return () => consume(of(text).pipe(api.bufferByWord({ locale: 'en' })));
    },
    'one long word': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByWord({ maxLength: Infinity }))),
    'a long word in parts': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByWord({ maxLength: 80 }))),
    'words without spaces': onText(
      (n) => '我们今天去北京大学学习中文'.repeat(n),
      (texts) => texts.pipe(api.bufferByWord({ locale: 'zh' })),
    ),
    'one long word of a script without spaces': {
      n: 200,
      prepare: onText(
        (n) => 'ー'.repeat(12 * n),
        (texts) => texts.pipe(api.bufferByWord({ locale: 'ja', maxLength: Infinity })),
      ),
    },
  },
  bufferBySentence: {
    prose: onText(proseOf, (texts) => texts.pipe(api.bufferBySentence({ locale: 'en' }))),
    'one fragment': (n) => {
      const text = proseOf(n);
      return () => consume(of(text).pipe(api.bufferBySentence({ locale: 'en' })));
    },
    'one long sentence': onText(unbrokenOf, (texts) => texts.pipe(api.bufferBySentence({ maxLength: Infinity }))),
    'marks that end no sentence': onText(
      (n) => '3.14, e.g. a'.repeat(n),
      (texts) => texts.pipe(api.bufferBySentence({ maxLength: Infinity })),
    ),
    'a mark that nothing decides': onText(
      (n) => `End. ${'1 2 3 – '.repeat(n)}`,
      (texts) => texts.pipe(api.bufferBySentence({ maxLength: Infinity })),
    ),
  },
  bufferByMarkdownBlock: {
    'mixed blocks': onText(
      (n) => '# Tides\n\nNoon *is*\nnow.\n\n- one\n\n  more\n- two\n\n| a |\n|---|\n| b |\n\n'.repeat(n / 5),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'one fragment': (n) => {
      const text = 'Noon is now.\n\n'.repeat(n);
      return () => consume(of(text).pipe(api.bufferByMarkdownBlock()));
    },
    'one code block': onText(
      (n) => `\`\`\`\n${'const a = 1;\n'.repeat(n)}`,
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'one paragraph of many lines': onText(
      (n) => '[a tide] line\n'.repeat(n),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'one long line': onText(unbrokenOf, (texts) => texts.pipe(api.bufferByMarkdownBlock())),
    'a long line of spaces': onText(
      (n) => ' '.repeat(12 * n),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'deeply nested quotations': onText(
      (n) => `${'>'.repeat(200)}\n`.repeat(n / 10),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
    'link definitions, each followed by what may be an underline': onText(
      (n) => '[a]: /b "c"\n===\n'.repeat(n),
      (texts) => texts.pipe(api.bufferByMarkdownBlock()),
    ),
  },

  coalesceDeltas: {
    'mixed events': onMixed((events) =>
      events.pipe(api.coalesceDeltas({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'one text, merged into one delta': on(
      (n) => eventsWith(proseOf(n)),
      (events) => events.pipe(api.coalesceDeltas({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'alternating blocks': on(interleavedEvents, (events) =>
      events.pipe(api.coalesceDeltas({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'one delta per turn': onMixed((events) => events.pipe(api.coalesceDeltas({ scheduler: queueScheduler }))),
  },
  coalesceText: {
    'one text': onText(proseOf, (texts) =>
      texts.pipe(api.coalesceText({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
    'one fragment per turn': onText(proseOf, (texts) => texts.pipe(api.coalesceText({ scheduler: queueScheduler }))),
  },
  auditFrame: {
    'mixed events': onMixed((events) =>
      events.pipe(api.messageState(), api.auditFrame({ everyMs: 16, scheduler: new VirtualTimeScheduler() })),
    ),
  },
  smoothText: {
    'a text that arrives at once': onSmooth(proseOf, 0, {}),
    'a text without a space': onSmooth(unbrokenOf, 0, {}),
    emoji: onSmooth((n) => '👩‍👩‍👧‍👦'.repeat(n), 0, {}),
    'a text that arrives over time': onSmooth(proseOf, 5, {}),
    'a text that waits for long': onSmooth(proseOf, 1, { charactersPerSecond: 1000, maxLagMs: Infinity }),
    fragments: onSmooth(proseOf, 5, { delayMs: 20 }),
    'fragments that wait for long': onSmooth(proseOf, 1, { delayMs: 20, maxLagMs: Infinity }),
  },
};
