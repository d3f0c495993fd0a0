import { defer, from, lastValueFrom, type Observable } from 'rxjs';
import { runTools, type MessageStreamEvent } from '../../src/index.js';
import { buildMessage, eventsOf } from '../../src/testing/index.js';
import { tool } from './support/run.js';
import { call, params } from './support/turns.js';

const TURNS = 3000;
const echo = tool('echo', () => 'again');

/** Calls a tool in each turn except the last. */
function requests(toRequest: (turn: number) => MessageStreamEvent[]) {
  const called = (turn: number) => eventsOf(buildMessage({ content: [{ ...call('echo'), id: `id_${turn}` }] }));
  return (_: unknown, { turn }: { readonly turn: number }): Observable<MessageStreamEvent> =>
    defer(() => from(turn < TURNS ? called(turn) : toRequest(turn)));
}

describe('runTools: many turns', () => {
  it('makes 3,000 synchronous turns without exhausting the stack', async () => {
    const request = requests(() => eventsOf(buildMessage({ content: 'Done.' })));
    const end = await lastValueFrom(runTools(params, { tools: [echo], request, maxTurns: Infinity }));

    expect(end).toMatchObject({ type: 'run_end', reason: 'end_turn', turns: TURNS });
  });

  it('fails if the last of them fails', async () => {
    const request = requests(() => {
      throw new Error('lost');
    });

    await expect(
      lastValueFrom(runTools(params, { tools: [echo], request, maxTurns: Infinity, onTurn: () => undefined })),
    ).rejects.toThrow('lost');
  });
});
