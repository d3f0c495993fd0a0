/** Replaces `startMessagesServer` in bundles for browsers, which cannot run a server: see `browser` in package.json. */
export function startMessagesServer(): Promise<never> {
  return Promise.reject(
    new Error(
      'startMessagesServer runs in Node only. In a browser, use messagesFetch(script), which has the same script.',
    ),
  );
}
