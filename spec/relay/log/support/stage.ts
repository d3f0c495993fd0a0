import type { Observable } from 'rxjs';
import type { AnyEvent } from '../../../../src/index.js';
import {
  memoryEventLog,
  recordTo,
  resumeFrom,
  type EventLog,
  type MemoryEventLogOptions,
  type RecordToOptions,
} from '../../../../src/relay/index.js';
import { Generation } from '../../support/generation.js';
import { ManualScheduler } from './manualScheduler.js';
import { receive, type Received } from './receive.js';

/** A log, a generation, and the clients of both, in virtual time. */
export class Stage {
  readonly scheduler = new ManualScheduler();
  readonly log: EventLog;
  readonly generation = new Generation();
  readonly #options: RecordToOptions;

  constructor(options: RecordToOptions = {}, limits: MemoryEventLogOptions = {}) {
    this.log = memoryEventLog({ scheduler: this.scheduler, ...limits });
    this.#options = { scheduler: this.scheduler, ...options };
  }

  /** Subscribes as the client whose request generates the stream. */
  record(
    options: RecordToOptions = {},
    log: EventLog = this.log,
    source: Observable<AnyEvent> = this.generation.events$,
  ): Received {
    return receive(source.pipe(recordTo(log, 'a', { ...this.#options, ...options })));
  }

  /** Subscribes as a client that comes later. */
  resume(options: RecordToOptions = {}, log: EventLog = this.log): Received {
    return receive(resumeFrom(log, 'a', { ...this.#options, ...options }));
  }

  /** The log as a process sees it until it is cut off: then none of its calls is answered any more. */
  processLog(): { readonly log: EventLog; readonly cutOff: () => void; readonly reconnect: () => void } {
    let isCutOff = false;
    const call = <Result>(method: () => Promise<Result>): Promise<Result> =>
      isCutOff ? new Promise(() => undefined) : method();
    return {
      log: {
        open: (...args) => call(() => this.log.open(...args)),
        append: (...args) => call(() => this.log.append(...args)),
        release: (...args) => call(() => this.log.release(...args)),
        read: (...args) => call(() => this.log.read(...args)),
        stop: (...args) => call(() => this.log.stop(...args)),
      },
      cutOff: () => {
        isCutOff = true;
      },
      reconnect: () => {
        isCutOff = false;
      },
    };
  }

  /** Everything that is stored. */
  async stored(): Promise<unknown[]> {
    return (await this.log.read('a', 0)).entries.map(({ data }): unknown => JSON.parse(data));
  }

  /** The timers that are still set. */
  get timers(): number {
    return this.scheduler.actions.filter(({ closed }) => !closed).length;
  }
}
