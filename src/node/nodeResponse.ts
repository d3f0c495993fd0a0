import { isSuccess } from '../source/responseBody.js';
import type { ResponseLike } from '../source/responseLike.js';
import { decompress } from './decompress.js';
import type { IncomingResponse } from './exchange.js';
import { NodeBody } from './nodeBody.js';

/** The statuses whose responses have no body. */
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304];

/** Creates the error of a body that was not read to its end, as Node's `fetch` does. */
function bodyFailure(cause: Error, signal: AbortSignal | undefined): Error {
  if (signal?.aborted !== true) return new TypeError('terminated', { cause });
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new DOMException('This operation was aborted', 'AbortError');
}

/** A response of `nodeFetch`: what a source reads of it. */
export class NodeResponse implements ResponseLike {
  readonly status: number;
  readonly headers: Headers;
  readonly body: NodeBody | null;

  /** @param onClose - Called when the body has ended, in whatever way. */
  constructor(
    { status, headers, stream, bind }: IncomingResponse,
    signal: AbortSignal | undefined,
    onClose: () => void,
  ) {
    this.status = status;
    this.headers = new Headers();
    for (const [name, value] of headers) this.headers.append(name, value);
    const decoded = decompress(stream, this.headers.get('content-encoding'));
    const body = new NodeBody(decoded, (cause) => bodyFailure(cause, signal), onClose, bind);
    if (WITHOUT_BODY.includes(status)) decoded.resume();
    this.body = WITHOUT_BODY.includes(status) ? null : body;
  }

  /** Whether the status reports success. */
  get ok(): boolean {
    return isSuccess(this);
  }
}
