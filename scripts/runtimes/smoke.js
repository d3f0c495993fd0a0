/**
 * What the package has to do in every runtime: streams, recognises a lost connection, retries, aborts, reads the input of a
 * tool, limits what it buffers, and validates events. Runs in all of them, so it uses nothing but them and the package.
 *
 * @param packages - The package's main entry as `library`, its entry `schemas`, and `rxjs`.
 * @param baseURL - The address of the server in server.ts.
 * @returns What was done. Throws if anything is not as it should be.
 */
export async function smoke({ library, schemas, rxjs }, baseURL) {
  const id = Math.random().toString(36).slice(2);
  const ask = (name, options = {}) =>
    library.streamMessage(
      { model: `${name}-${id}`, max_tokens: 1024, messages: [{ role: 'user', content: 'Hi' }] },
      { apiKey: 'sk-ant-smoke-test', baseURL, ...options },
    );
  const failure = async (source) => {
    try {
      await rxjs.lastValueFrom(source);
    } catch (error) {
      return error;
    }
    throw new Error('The stream did not fail.');
  };
  const expect = (isTrue, what) => {
    if (!isTrue) throw new Error(`Not as expected: ${what}`);
  };

  const deltas = await rxjs.firstValueFrom(ask('whole').pipe(library.textDeltas(), rxjs.toArray()));
  expect(deltas.join('') === 'The tide comes in twice a day. 🌊' && deltas.length > 2, `stream: ${deltas.join('|')}`);

  const cut = await failure(ask('cut').pipe(library.finalMessage()));
  expect(cut instanceof library.APIConnectionError && cut.retryable, `cut: ${cut}`);
  expect(cut.partial?.content[0]?.text.startsWith('The tide'), 'cut: partial');

  const text = await rxjs.firstValueFrom(
    ask('retried').pipe(library.retryOnConnectionError({ initialDelayMs: 1 }), library.finalText()),
  );
  expect(text === 'The tide comes in twice a day. 🌊', `retry: ${text}`);

  const refused = await failure(ask('refused').pipe(library.retryOnConnectionError({ initialDelayMs: 1 })));
  expect(refused instanceof library.OverloadedError && refused.attempts === 3, `refused: ${refused}`);

  const controller = new AbortController();
  const aborted = await failure(
    ask('slow', { signal: controller.signal }).pipe(
      library.textDeltas(),
      rxjs.tap(() => controller.abort()),
    ),
  );
  expect(aborted instanceof library.APIUserAbortError, `abort: ${aborted}`);
  const first = await rxjs.firstValueFrom(ask('slow').pipe(library.textDeltas())); // unsubscribes
  expect(first.length > 0, `unsubscribe: ${first}`);

  const snapshots = await rxjs.firstValueFrom(ask('tool').pipe(library.accumulateMessage(), rxjs.toArray()));
  const inputs = snapshots
    .flatMap(({ content }) => content)
    .filter(({ type }) => type === 'tool_use')
    .map(({ input }) => JSON.stringify(input));
  expect(inputs.at(-1) === '{"city":"Bergen","days":[1,2,3]}' && new Set(inputs).size > 2, `tool: ${inputs.join(' ')}`);

  const long = new Response(`data: ${'x'.repeat(1000)}`, { headers: { 'content-type': 'text/event-stream' } });
  const tooLong = await failure(library.fromResponse(long, { maxBufferSize: 100 }));
  expect(
    tooLong instanceof library.InvalidEventError && tooLong.message.includes('maxBufferSize'),
    `buffer: ${tooLong}`,
  );

  const { Observable: Native } = globalThis; // Chromium has one
  if (Native !== undefined) {
    const stops = [];
    const native = new Native((subscriber) => {
      subscriber.addTeardown(() => stops.push('native'));
      subscriber.next(1);
    });
    library.fromNativeObservable(native).subscribe().unsubscribe();
    const consumer = new AbortController();
    const source = new rxjs.Observable(() => () => stops.push('RxJS'));
    library.toNativeObservable(source, Native).subscribe({}, { signal: consumer.signal });
    consumer.abort();
    expect(stops.join() === 'native,RxJS', `native Observable: ${stops.join()}`);
    const texts = await library.toNativeObservable(ask('whole').pipe(library.textDeltas()), Native).toArray();
    expect(texts.join('') === 'The tide comes in twice a day. 🌊', `native Observable: ${texts.join('')}`);
  }

  const validate = schemas.messageStreamEventSchema['~standard'].validate;
  expect(!validate({ type: 'ping' }).issues && validate({ type: 'message_start' }).issues.length > 0, 'schemas');
  return 'passed';
}
