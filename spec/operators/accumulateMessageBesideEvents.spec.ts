import { concat, connect, from, throwError, withLatestFrom, type Observable } from 'rxjs';
import { accumulateMessage, type Message, type MessageStreamEvent } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { ping } from '../support/events.js';
import { outcomeOf } from '../source/support/outcome.js';

const message = buildMessage({ content: 'Hello, world' });
const events = eventsOf(message, { deltaLength: 3 });

/** The recipe of docs/operators.md: each event, with the snapshot that includes it. */
const withSnapshots = (source: Observable<MessageStreamEvent>): Observable<[MessageStreamEvent, Message]> =>
  source.pipe(connect((event$) => event$.pipe(withLatestFrom(event$.pipe(accumulateMessage())))));

describe('the recipe for an event and its snapshot', () => {
  it('emits every event of a message, with the snapshot that includes it', async () => {
    const { values, ended } = await outcomeOf(withSnapshots(from(events)));
    const { values: snapshots } = await outcomeOf(from(events).pipe(accumulateMessage()));

    expect(values.map(([event]) => event)).toEqual(events);
    expect([...new Set(values.map(([, snapshot]) => snapshot))]).toEqual([...new Set(snapshots)]);
    expect(values.at(-1)?.[1]).toEqual(message);
    expect(ended).toBe('completed');
  });

  it('includes the text of a delta in the snapshot beside it', async () => {
    const { values } = await outcomeOf(withSnapshots(from(events)));
    const texts = values.map(([event, { content }]) => [
      event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '',
      content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    ]);
    let text = '';

    expect(texts).toEqual(texts.map(([delta = '']) => [delta, (text += delta)]));
  });

  it('passes an error on, with the partial message', async () => {
    const error = new Error('of the source');
    const failing = concat(
      from(events.slice(0, 4)),
      throwError(() => error),
    );
    const outcome = await outcomeOf(withSnapshots(failing));

    expect(outcome.values).toHaveLength(4);
    expect(outcome.error).toBe(error);
  });

  it('ignores what comes before the message', async () => {
    const { values } = await outcomeOf(withSnapshots(from([ping, ...events])));

    expect(values[0]?.[0]).toEqual(events[0]);
  });
});
