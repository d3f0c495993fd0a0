/** The frames of Amazon Bedrock, made with the codec of the AWS SDK. */
import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (input: Uint8Array | string) => (typeof input === 'string' ? input : new TextDecoder().decode(input)),
  (text) => new TextEncoder().encode(text),
);

function frame(headers: Readonly<Record<string, string>>, body: unknown): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]),
    ),
    body: new TextEncoder().encode(JSON.stringify(body)),
  });
}

/** The frame of an event, with the padding that Bedrock adds. */
export function chunkFrame(event: object): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(event)).toString('base64');
  const headers = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' };
  return frame(headers, { bytes, p: 'abcdefghij' });
}

export function exceptionFrame(name: string, message: string): Uint8Array {
  return frame(
    { ':exception-type': name, ':content-type': 'application/json', ':message-type': 'exception' },
    { message },
  );
}

export function errorFrame(code: string, message: string): Uint8Array {
  return frame({ ':error-code': code, ':error-message': message, ':message-type': 'error' }, {});
}

/** The frame of an event of another type. */
export function otherFrame(): Uint8Array {
  return frame({ ':event-type': 'metadata', ':message-type': 'event' }, {});
}

/** A response of Bedrock whose body arrives in these pieces. If there is a failure, the connection is then lost. */
export function bedrockResponse(pieces: readonly Uint8Array[], failure?: Error): Response {
  const rest = pieces.values();
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = rest.next();
        if (done !== true) controller.enqueue(value);
        else if (failure === undefined) controller.close();
        else controller.error(failure);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'req-1' },
  });
}
