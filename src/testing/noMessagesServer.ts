/** Stands in for `startMessagesServer` in a bundle for browsers (see `browser` in package.json), where no server can run. */
export function startMessagesServer(): Promise<never> {
  return Promise.reject(
    new Error('startMessagesServer runs in Node only. In a browser, use the builders: from(eventsOf(message)).'),
  );
}
