/** Answers a function URL of AWS Lambda with the invoke mode `RESPONSE_STREAM`: the recipe of docs/servers.md. */
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** The status and headers of a response, which its stream sends before the body. */
export interface LambdaMetadata {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is used of the request of a function URL. */
interface LambdaEvent {
  readonly body?: string;
}

type LambdaHandler = (event: LambdaEvent, responseStream: Writable, context: unknown) => Promise<void>;

/** What is used of the global `awslambda` of Lambda's Node runtime. */
export interface LambdaRuntime {
  readonly streamifyResponse: (handler: LambdaHandler) => LambdaHandler;
  readonly HttpResponseStream: { from(responseStream: Writable, metadata: LambdaMetadata): Writable };
}

/** Sends a web `Response`. Resolves when it has been sent, and rejects if the stream fails, after cancelling its body. */
export async function sendResponse(
  awslambda: LambdaRuntime,
  response: Response,
  responseStream: Writable,
): Promise<void> {
  const metadata = { statusCode: response.status, headers: Object.fromEntries(response.headers) };
  const output = awslambda.HttpResponseStream.from(responseStream, metadata);
  // The types of the global `Response` and of `node:stream` describe the same stream.
  await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), output);
}
