import { config, defer, firstValueFrom, from, Observable, Subject, take, toArray } from 'rxjs';
import type { MessageStreamEvent } from '../../src/index.js';
import { shareMessage } from '../../src/operators/shareMessage.js';
import { virtualClock } from '../source/support/clock.js';
import { watch, type Watched } from '../source/support/outcome.js';
import { textDelta } from '../support/events.js';
import { s, b, e, m, z, names, allEvents, live, watchEach } from './support/sharedMessages.js';

describe('shareMessage, reentrancy', () => {
  describe('with reentrant subscribers', () => {
    it('emits an event once to those who subscribe while another receives it', () => {
      const { shared, emit } = live();
      const late: Watched<MessageStreamEvent>[] = [];
      watchEach(shared, (event) => {
        if (event === names[2]) late.push(watch(shared));
      });
      const other = watch(shared);
      emit(s, b, textDelta('1'), names[2], textDelta('3'));

      expect(late[0]?.values).toEqual([s, b, textDelta('12'), textDelta('3')]);
      expect(other.values).toEqual([s, b, textDelta('1'), textDelta('2'), textDelta('3')]);
    });

    it('emits in order to all subscribers if one of them makes the source emit', () => {
      const { shared, emit, complete } = live();
      const before = watch(shared);
      const cause = watchEach(shared, (event) => {
        if (event === b) emit(textDelta('1'));
        if (event === e) {
          emit(m, z);
          complete();
        }
      });
      const after = watch(shared);
      emit(s, b, e);

      for (const { values, ended } of [before, cause, after]) {
        expect([values, ended]).toEqual([[s, b, textDelta('1'), e, m, z], 'completed']);
      }
    });

    it('emits all events to all subscribers before an error that one of them causes', () => {
      const { shared, emit, fail } = live();
      const cause = watchEach(shared, (event) => {
        if (event === b) fail(new Error('lost'));
      });
      const after = watch(shared);
      emit(s, b);

      for (const { values, ended } of [cause, after]) expect([values, ended]).toEqual([[s, b], 'failed']);
    });

    it('emits what the source emits during the rebuilding of the message after it', () => {
      const { shared, emit, complete } = live();
      const early = watch(shared);
      emit(s, b, textDelta('1'), textDelta('2'));
      const late = watchEach(shared, (event) => {
        if (event.type === s.type) emit(textDelta('3'));
        if (event === b) emit(e, m);
        if (event === m) {
          emit(z);
          complete();
        }
      });

      expect(early).toMatchObject({ values: allEvents, ended: 'completed' });
      expect(late).toMatchObject({ values: [s, b, textDelta('12'), textDelta('3'), e, m, z], ended: 'completed' });
    });

    it('emits the same to those who subscribe while the message is rebuilt for another', () => {
      const { shared, emit } = live();
      watch(shared);
      emit(s, b, textDelta('1'));
      const late: Watched<unknown>[] = [];
      const outer = watchEach(shared, (event) => {
        if (event.type === s.type) emit(textDelta('2'));
        if (event === b) late.push(watch(shared));
      });
      emit(textDelta('3'));

      expect(outer.values).toEqual([s, b, textDelta('1'), textDelta('2'), textDelta('3')]);
      expect(late[0]?.values).toEqual([s, b, textDelta('12'), textDelta('3')]);
    });

    it('lets a subscriber unsubscribe while the message is rebuilt for it', () => {
      const { shared, counts, emit } = live();
      const first = watch(shared);
      emit(s, b, textDelta('1'));

      expect(watch(shared.pipe(take(2)))).toMatchObject({ values: [s, b], ended: 'completed' });
      emit(textDelta('2'));
      expect(first.values).toEqual([s, b, textDelta('1'), textDelta('2')]);
      expect(counts.aborted).toBe(0);
    });

    it('aborts the request if the last subscriber unsubscribes while the message is rebuilt', () => {
      const clock = virtualClock();
      const { shared, counts, emit } = live({ graceMs: 5, scheduler: clock.scheduler });
      const first = shared.subscribe();
      emit(s, b);
      first.unsubscribe();
      clock.advance(4);
      expect(watch(shared.pipe(take(1))).values).toEqual([s]);
      clock.advance(4);
      expect(counts.aborted).toBe(0);
      clock.advance(1);

      expect(counts).toEqual({ requests: 1, aborted: 1 });
    });

    it('emits nothing more to a subscriber that another one unsubscribes', () => {
      const { shared, emit } = live();
      const seen: unknown[] = [];
      watchEach(shared, (event) => {
        if (event === b) second.unsubscribe();
      });
      const second = shared.subscribe((event) => seen.push(event));
      emit(s, b, e);

      expect(seen).toEqual([s]);
    });

    it('stops a synchronous source when the last subscriber unsubscribes', () => {
      let pulled = 0;
      const source = new Observable<MessageStreamEvent>((subscriber) => {
        for (const event of allEvents) {
          if (subscriber.closed) return;
          pulled += 1;
          subscriber.next(event);
        }
      });

      expect(watch(source.pipe(shareMessage(), take(3))).values).toEqual(allEvents.slice(0, 3));
      expect(pulled).toBe(3);
    });

    it('shares a synchronous source with those who subscribe in the middle of it', () => {
      let requests = 0;
      const late: Watched<unknown>[] = [];
      const shared: Observable<MessageStreamEvent> = defer(() => {
        requests += 1;
        return from(allEvents);
      }).pipe(shareMessage());
      const first = watchEach(shared, (event) => {
        if (event === allEvents[3]) late.push(watch(shared));
      });

      expect(first).toMatchObject({ values: allEvents, ended: 'completed' });
      expect(late).toMatchObject([{ values: [s, b, textDelta('12'), textDelta('3'), e, m, z], ended: 'completed' }]);
      expect(requests).toBe(1);
    });

    it('starts a new request for those who subscribe during an error', () => {
      const { shared, counts, emit, fail } = live({ graceMs: 5 });
      const late: Watched<unknown>[] = [];
      shared.subscribe({ error: () => late.push(watch(shared)) });
      emit(s, b);
      fail(new Error('lost'));
      emit(s);

      expect(late).toMatchObject([{ values: [s], ended: undefined }]);
      expect(counts).toEqual({ requests: 2, aborted: 0 });
    });

    it('starts a new request for those who subscribe while the last one is aborted', () => {
      const late: Watched<unknown>[] = [];
      let requests = 0;
      const shared: Observable<MessageStreamEvent> = new Observable<MessageStreamEvent>((subscriber) => {
        requests += 1;
        if (requests > 1) return;
        subscriber.next(s);
        subscriber.add(() => late.push(watch(shared)));
      }).pipe(shareMessage());
      shared.subscribe().unsubscribe();

      expect(late).toMatchObject([{ values: [], ended: undefined }]);
      expect(requests).toBe(2);
      expect(watch(shared).values).toEqual([]);
      expect(requests).toBe(2);
    });

    it('reports an error that a consumer throws, without affecting the others', async () => {
      const { shared, emit } = live();
      const before = config.onUnhandledError;
      const reports = new Subject<unknown>();
      config.onUnhandledError = (error) => {
        reports.next(error);
      };
      const reported = firstValueFrom(reports.pipe(take(2), toArray()));
      const error = new Error('of a consumer');
      try {
        shared.subscribe(() => {
          throw error;
        });
        const other = watch(shared);
        emit(s, b);
        const late = watch(shared);

        expect(other.values).toEqual([s, b]);
        expect(late.values).toEqual([s, b]);
        expect(await reported).toEqual([error, error]); // one for each event
      } finally {
        config.onUnhandledError = before;
      }
    });
  });
});
