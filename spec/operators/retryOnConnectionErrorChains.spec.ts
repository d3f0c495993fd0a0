import { concat, firstValueFrom, from, of } from 'rxjs';
import {
  accumulateMessage,
  APIStatusError,
  bufferByPunctuation,
  contentBlocks,
  finalMessage,
  finalText,
  IncompleteMessageError,
  retryOnConnectionError,
  streamMessage,
  tapMessage,
  textDeltas,
  trackUsage,
  usage,
  type Message,
} from '../../src/index.js';
import { startMessagesServer } from '../../src/testing/index.js';
import { messageStop, textDelta } from '../support/events.js';
import {
  type Retry,
  overloaded,
  message,
  events,
  start,
  emptyBlock,
  restartAfter,
  failing,
  failingAfter,
  attempts,
  textOf,
  valuesOf,
  atOnce,
  restarting,
} from './support/retries.js';

describe('retryOnConnectionError, with other operators and sources', () => {
  describe('before other operators', () => {
    const hello = 'Hello, world. How are you?';
    const before = { input_tokens: message.usage.input_tokens, output_tokens: 1 };

    it('makes accumulateMessage start over', async () => {
      const snapshots = await valuesOf(
        attempts(failingAfter(5), from(events)).pipe(retryOnConnectionError(restarting), accumulateMessage()),
      );
      const complete = await valuesOf(from(events).pipe(accumulateMessage()));

      expect(snapshots.at(-1)).toEqual(message);
      expect(snapshots.slice(-complete.length)).toEqual(complete);
      expect(snapshots.length).toBeGreaterThan(complete.length);
    });

    it.each([1, 2])(
      'results in the complete message when %i events without content were withdrawn by default',
      async (count) => {
        const source = attempts(failingAfter(count), from(events));

        expect(await valuesOf(source.pipe(retryOnConnectionError(atOnce), finalMessage()))).toEqual([message]);
        expect(source.count).toBe(2);
      },
    );

    it('results in the text once, however often it was withdrawn', async () => {
      const source = attempts(failingAfter(3), failingAfter(5), from(events));

      expect(await valuesOf(source.pipe(retryOnConnectionError(restarting), finalText()))).toEqual([hello]);
    });

    it('makes textDeltas emit a restart where text is withdrawn', async () => {
      const seen = await valuesOf(
        attempts(failingAfter(4), from(events)).pipe(
          retryOnConnectionError(restarting),
          textDeltas({ restarts: true }),
        ),
      );
      const restart = seen.findIndex((part) => typeof part !== 'string');

      expect(textOf(seen.slice(0, restart))).toBe('Hello, world');
      expect(seen[restart]).toEqual(restartAfter(overloaded, 2, 0));
      expect(textOf(seen.slice(restart + 1))).toBe(hello);
    });

    it('makes bufferByPunctuation drop the text it holds back', async () => {
      const seen = await valuesOf(
        attempts(failingAfter(4), from(events)).pipe(
          retryOnConnectionError(restarting),
          textDeltas({ restarts: true }),
          bufferByPunctuation({ minLength: Infinity }),
        ),
      );

      expect(seen).toEqual(['Hello,', restartAfter(overloaded, 2, 0), 'Hello,', ' world.', ' How are you?']);
    });

    it('drops half a surrogate pair of the failed attempt', async () => {
      const source = attempts(
        concat(of(start, emptyBlock, textDelta('a\ud83d')), failing(overloaded)),
        of(start, emptyBlock, textDelta('b'), messageStop),
      );

      expect(await valuesOf(source.pipe(retryOnConnectionError(restarting), textDeltas()))).toEqual(['a', 'b']);
    });

    it('keeps the usage of failed attempts', async () => {
      const counts = await valuesOf(
        attempts(failingAfter(4), failingAfter(1), from(events)).pipe(retryOnConnectionError(restarting), usage()),
      );

      expect(counts.at(-1)).toEqual({
        ...message.usage,
        abandoned_attempts: [expect.objectContaining(before), expect.objectContaining(before)],
      });
    });

    it('reports an attempt that was withdrawn by default to trackUsage', async () => {
      const seen: unknown[] = [];
      await valuesOf(
        attempts(failingAfter(1), from(events)).pipe(
          retryOnConnectionError(atOnce),
          trackUsage((counts) => seen.push(counts)),
          finalMessage(),
        ),
      );

      expect(seen.at(-1)).toEqual({ ...message.usage, abandoned_attempts: [expect.objectContaining(before)] });
    });

    it('makes contentBlocks emit the blocks of the successful attempt', async () => {
      const source = attempts(failingAfter(events.length - 3), from(events));

      expect(await valuesOf(source.pipe(retryOnConnectionError(restarting), contentBlocks()))).toEqual(message.content);
    });

    it('makes tapMessage call restart, to clear what was shown', async () => {
      let shown = '';
      let final: Message | undefined;
      await valuesOf(
        attempts(failingAfter(5), from(events)).pipe(
          retryOnConnectionError(restarting),
          tapMessage({
            text: (text) => (shown += text),
            restart: ({ attempt }) => (shown = `${attempt}:`),
            message: (complete) => (final = complete),
          }),
        ),
      );

      expect(shown).toBe(`2:${hello}`);
      expect(final).toEqual(message);
    });

    it('puts the partial message of the last attempt on the error', async () => {
      const error = new IncompleteMessageError('incomplete');
      const source = attempts(failingAfter(5), failingAfter(3, error));

      await expect(
        valuesOf(source.pipe(retryOnConnectionError({ ...restarting, maxRetries: 1 }), finalMessage())),
      ).rejects.toBe(error);
      expect(error.partial?.content).toEqual([{ type: 'text', text: 'Hello,' }]);
    });
  });

  describe('after streamMessage', () => {
    const params = {
      model: 'claude-sonnet-5-5',
      max_tokens: 100,
      messages: [{ role: 'user' as const, content: 'Hi' }],
    };

    it('makes one request per attempt until one succeeds', async () => {
      const server = await startMessagesServer([
        { status: 529 },
        { status: 429, headers: { 'retry-after': '0' } },
        { message },
      ]);
      const statuses: unknown[] = [];
      const onRetry = ({ error }: Retry): void => {
        statuses.push(error instanceof APIStatusError && error.status);
      };
      try {
        const source = streamMessage(params, { apiKey: 'key', baseURL: server.url });

        expect(
          await firstValueFrom(source.pipe(retryOnConnectionError({ ...atOnce, onRetry }), finalMessage())),
        ).toEqual(message);
        expect(statuses).toEqual([529, 429]);
        expect(server.requests).toHaveLength(3);
      } finally {
        await server.close();
      }
    });

    it('completes an answer that was truncated', async () => {
      const server = await startMessagesServer([{ message, cutAtByte: 900 }, { message }]);
      try {
        const source = streamMessage(params, { apiKey: 'key', baseURL: server.url });
        const seen = await valuesOf(source.pipe(retryOnConnectionError(restarting), textDeltas({ restarts: true })));
        const place = seen.findIndex((part) => typeof part !== 'string');

        expect(seen[place]).toMatchObject({ type: 'message_restart', attempt: 2, delayMs: 0 });
        expect(seen[place]).toHaveProperty('error', expect.any(IncompleteMessageError));
        expect(textOf(seen.slice(place + 1))).toBe('Hello, world. How are you?');
        expect(server.requests).toHaveLength(2);
      } finally {
        await server.close();
      }
    });

    it('passes the error of a truncated answer on by default after text', async () => {
      const server = await startMessagesServer([{ message, cutAtByte: 900 }, { message }]);
      try {
        const source = streamMessage(params, { apiKey: 'key', baseURL: server.url });

        await expect(valuesOf(source.pipe(retryOnConnectionError(atOnce), finalText()))).rejects.toBeInstanceOf(
          IncompleteMessageError,
        );
        expect(server.requests).toHaveLength(1);
      } finally {
        await server.close();
      }
    });
  });
});
