/** The messages of errors that are about what a client sent, and that are written for it. */
const MESSAGES = new WeakMap<object, string>();

/** Lets clients read a message of an error, which otherwise depends only on the kind of the error. */
export function withPublicMessage<Failure extends Error>(error: Failure, message: string): Failure {
  MESSAGES.set(error, message);
  return error;
}

/** Returns the message that is written for clients; undefined if there is none. */
export function publicMessageOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? MESSAGES.get(error) : undefined;
}
