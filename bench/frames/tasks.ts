import type { Browser } from 'playwright-core';

/** What Chromium reports of an event. Times are in µs. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** The processor time of its thread. */
  readonly tdur?: number;
}

/**
 * Records the tasks of the main threads of pages. Their processor time is measured, not their duration, so that other work on
 * the machine does not prolong them.
 *
 * @returns A function that ends the recording, and returns the processor time of each task, in ms.
 */
export async function recordTasks(browser: Browser): Promise<() => Promise<number[]>> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline'] },
  });
  return async () => {
    const completed = new Promise<unknown>((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await completed;
    await session.detach();
    const isMainThread = new Set(
      events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf),
    );
    const tasks = events.filter((event) => event.name === 'RunTask' && isMainThread.has(threadOf(event)));
    return tasks.map(({ tdur = 0 }) => tdur / 1000);
  };
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}
