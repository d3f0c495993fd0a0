import type { RecordedRequest } from './messagesServer.js';

/** The requests so far, and the callers that wait for a later one. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  /** One function per waiting caller, which settles its promise if it can. */
  #waiting: (() => void)[] = [];
  #isClosed = false;

  /** Adds a request. Returns its position, counted from 1. */
  add(request: RecordedRequest): number {
    const position = this.requests.push(request);
    this.#notify();
    return position;
  }

  close(): void {
    this.#isClosed = true;
    this.#notify();
  }

  /** See `MessagesServer.request`. */
  request(position = 1): Promise<RecordedRequest> {
    if (!Number.isInteger(position) || position < 1) {
      throw new RangeError(`request: position must be an integer of at least 1, got ${position}.`);
    }
    const result = new Promise<RecordedRequest>((resolve, reject) => {
      const settle = () => {
        const request = this.requests[position - 1];
        if (request) resolve(request);
        else if (this.#isClosed)
          reject(new Error(`request: the server was closed before request ${position} arrived.`));
        else this.#waiting.push(settle);
      };
      settle();
    });
    result.catch(() => undefined); // a caller that ignores the promise must not cause an unhandled rejection
    return result;
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const settle of waiting) settle();
  }
}
