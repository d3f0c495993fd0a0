import {
  BehaviorSubject,
  Observable,
  share,
  Subject,
  takeUntil,
  timer,
  type SchedulerLike,
  type Subscriber,
} from 'rxjs';
import type { RedisClientLike, RedisSubscriber } from './redisClient.js';

/** How long a channel stays subscribed after its last reader, in ms: a reader soon waits again. */
const LINGER_MS = 10_000;

/**
 * Notifies readers of changes, over one connection for all of them. A notification can be lost while that connection is
 * interrupted, so a reader must not rely on it alone.
 */
export class Changes {
  readonly #client: RedisClientLike;
  readonly #scheduler: SchedulerLike;
  readonly #onError: (error: unknown) => void;
  /** The channels that are subscribed, each with what emits its changes. */
  readonly #channels = new Map<string, Observable<number>>();
  readonly #wakeUps = new Set<() => void>();
  readonly #closed = new Subject<void>();
  #isClosed = false;
  #connection: Promise<RedisSubscriber> | undefined;
  #subscriber: RedisSubscriber | undefined;

  constructor(client: RedisClientLike, scheduler: SchedulerLike, onError: (error: unknown) => void) {
    this.#client = client;
    this.#scheduler = scheduler;
    this.#onError = (error) => {
      if (!this.#isClosed) onError(error); // closing interrupts what is under way
    };
  }

  /** Whether a channel is subscribed. */
  isWatched(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /**
   * Emits a number synchronously, and a greater one whenever there may be something new to read: after a message, and
   * when the channel has been subscribed, because messages before that were missed.
   */
  of(channel: string): Observable<number> {
    const known = this.#channels.get(channel);
    if (known !== undefined) return known;
    const changes = new Observable<number>((subscriber) => this.#watch(channel, subscriber)).pipe(
      takeUntil(this.#closed),
      share({
        connector: () => new BehaviorSubject(0),
        resetOnComplete: false, // or the readers that are left at the end would start another timer
        resetOnRefCountZero: () => timer(LINGER_MS, this.#scheduler),
      }),
    );
    this.#channels.set(channel, changes);
    return changes;
  }

  /** Closes the connection, and leaves no timer behind. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const [connection, subscriber] = [this.#connection, this.#subscriber];
    this.#connection = undefined;
    this.#closed.next();
    try {
      await subscriber?.destroy();
      await connection;
    } catch (error) {
      this.#onError(error);
    }
  }

  #watch(channel: string, subscriber: Subscriber<number>): () => void {
    let version = 0;
    const wakeUp = (): void => {
      version += 1;
      subscriber.next(version);
    };
    this.#wakeUps.add(wakeUp);
    this.#connect()
      .then((connection) => (subscriber.closed ? undefined : connection.subscribe(channel, wakeUp)))
      .then(wakeUp)
      .catch(this.#onError);
    return () => {
      this.#wakeUps.delete(wakeUp);
      this.#channels.delete(channel);
      this.#connection?.then((connection) => connection.unsubscribe(channel)).catch(this.#onError);
    };
  }

  #connect(): Promise<RedisSubscriber> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  async #open(): Promise<RedisSubscriber> {
    const subscriber = this.#client.duplicate();
    this.#subscriber = subscriber;
    subscriber.on('error', this.#onError); // without a listener, it would end the process
    subscriber.on('ready', () => {
      for (const wakeUp of this.#wakeUps) wakeUp(); // messages may have been lost before it reconnected
    });
    try {
      await subscriber.connect();
    } catch (error) {
      this.#connection = undefined; // the next reader tries again
      throw error;
    }
    return subscriber;
  }
}
