import { AsyncLocalStorage } from 'node:async_hooks';
import { lastValueFrom, map, toArray } from 'rxjs';
import { askOver, events, message } from '../source/support/greeting.js';
import { useServers } from '../source/support/servers.js';
import { transports } from '../source/support/transports.js';

const serve = useServers();

describe.each(transports)('%s', (_, fetch) => {
  it('emits each event in the asynchronous context of its subscriber, also over a connection that others have used', async () => {
    const storage = new AsyncLocalStorage<string>();
    const server = await serve({ message, chunkBytes: 100 });
    const contextsOf = (name: string) =>
      storage.run(name, () =>
        lastValueFrom(
          askOver(fetch)(server).pipe(
            map(() => storage.getStore()),
            toArray(),
          ),
        ),
      );

    for (const names of [['a'], ['b'], ['c', 'd', 'e'], ['f']]) {
      expect(await Promise.all(names.map(contextsOf))).toEqual(names.map((name) => events.map(() => name)));
    }
  });
});
