import { from } from 'rxjs';
import { OverloadedError, type AnyEvent } from '../../src/index.js';
import { toServerSentEvents } from '../../src/relay/index.js';
import { marbles } from '../support/marbles.js';
import { blockStart, blockStop, messageStart, messageStop, ping, restart, textDelta } from '../support/events.js';
import { callEvents, answerEvents, result, runEnd } from '../source/support/forwardedRuns.js';
import { dataOf, framesOf } from './support/frames.js';

const error = new OverloadedError('Overloaded', { status: 529 });
const R = restart({ error });
const C = { type: 'message_reconnect', attempt: 2, delayMs: 0, error };
const s = messageStart();
const s2 = messageStart({ id: 'msg_2' });
const b = blockStart(0, { type: 'text', text: '' });
const t = textDelta('Hi');
const failed = {
  type: 'error',
  error: { type: 'overloaded_error', message: 'The model is overloaded.', status: 529, retryable: false },
};

async function sent(events: readonly AnyEvent[]): Promise<unknown[]> {
  return (await framesOf(from(events).pipe(toServerSentEvents({ restarts: false })))).map(dataOf);
}

describe('restarts: false', () => {
  it(
    'holds the events of a message back until it has content, so that a restart has nothing to withdraw',
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --R-sb-R--s-b-t----e|', { R, s, b, t, e: messageStop });
      const expected = '    --------------(xyz)w|';
      const text = (event: AnyEvent, id: number) =>
        `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

      expectObservable(source.pipe(toServerSentEvents({ restarts: false }))).toBe(expected, {
        x: text(s, 1),
        y: text(b, 2),
        z: text(t, 3),
        w: text(messageStop, 4),
      });
    }),
  );

  it('ends the stream with the error if content has been sent', async () => {
    expect(await sent([s, b, t, R, s2, b, t, messageStop])).toEqual([s, b, t, failed]);
  });

  it('leaves out that a message continues', async () => {
    expect(await sent([s, b, C, t, C, t, messageStop])).toEqual([s, b, t, t, messageStop]);
  });

  it('sends what is held back if the message ends without content, or not at all', async () => {
    expect(await sent([s, b, blockStop(), messageStop])).toEqual([s, b, blockStop(), messageStop]);
    expect(await sent([ping, s, b])).toEqual([ping, s, b, expect.objectContaining({ type: 'error' })]);
  });

  it('applies to each message of a run', async () => {
    const retried = [...callEvents, result, R, ...answerEvents.slice(0, 2), R, ...answerEvents, runEnd];

    expect(await sent(retried)).toEqual([...callEvents, result, ...answerEvents, runEnd]);
  });
});
