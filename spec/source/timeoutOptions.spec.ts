import type { Observable } from 'rxjs';
import {
  fromResponse,
  serverSentEvents,
  streamMessage,
  type MessageCreateParams,
  type TimeoutOptions,
} from '../../src/index.js';
import { eventStream } from './support/bodies.js';
import { sse } from './support/timedRequest.js';

const params: MessageCreateParams = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};

describe('the option timeout', () => {
  const sources: [string, (options: { timeout: TimeoutOptions }) => Observable<unknown>][] = [
    ['streamMessage', (options) => streamMessage(params, { apiKey: 'k', ...options })],
    ['fromResponse', (options) => fromResponse(eventStream(sse), options)],
    ['serverSentEvents', (options) => serverSentEvents(eventStream(sse), options)],
  ];

  it.each(sources)('is rejected by %s at call time if it is not a number above 0', (name, create) => {
    for (const timeout of ['headersMs', 'firstEventMs', 'idleMs', 'contentMs', 'totalMs']) {
      for (const [ms, shown] of [...[0, -1, NaN, -Infinity, null].map((n) => [n, String(n)]), ['1000', "'1000'"]]) {
        const call = () => create({ timeout: { [timeout]: ms } });

        expect(call).toThrow(RangeError);
        expect(call).toThrow(
          `${name}: timeout.${timeout} must be a number of milliseconds greater than 0, got ${shown}.`,
        );
      }
    }
  });

  it.each(sources)('is rejected by %s at call time if its name is unknown', (name, create) => {
    const call = () => create({ timeout: { idle: 1000 } as TimeoutOptions });

    expect(call).toThrow(TypeError);
    expect(call).toThrow(
      `${name}: timeout.idle is not a known timeout. ` +
        'The timeouts are headersMs, firstEventMs, contentMs, idleMs, totalMs.',
    );
  });

  it.each(sources)('is accepted by %s if it is undefined', (_, create) => {
    const none = { timeout: { idleMs: undefined, totalMs: 1 } as unknown as TimeoutOptions };

    expect(() => create(none)).not.toThrow();
  });
});
