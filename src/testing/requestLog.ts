import type { RecordedRequest } from './messagesServer.js';

/** The requests so far, and who waits for one that has not come. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  #waiting: (() => void)[] = [];
  #isClosed = false;

  /** Returns the position of the added request, counted from 1. */
  add(request: RecordedRequest): number {
    const position = this.requests.push(request);
    this.#wake();
    return position;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** As `MessagesServer.request` says. */
  request(position = 1): Promise<RecordedRequest> {
    if (!Number.isInteger(position) || position < 1) {
      throw new RangeError(`request: position must be a whole number from 1 up, got ${position}`);
    }
    const result = new Promise<RecordedRequest>((resolve, reject) => {
      const look = () => {
        const request = this.requests[position - 1];
        if (request) resolve(request);
        else if (this.#isClosed) reject(new Error(`request: the server was closed before request ${position} came`));
        else this.#waiting.push(look);
      };
      look();
    });
    result.catch(() => undefined); // whoever awaits it gets the error, and nobody has to
    return result;
  }

  #wake(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const look of woken) look();
  }
}
