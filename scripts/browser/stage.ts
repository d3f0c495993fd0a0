import type { BrowserContextOptions } from 'playwright-core';
import type { MessagesServer, RecordedRequest, Reply } from 'rxjs-anthropic/testing';
import { startDemoApi } from '../../examples/angular-chat/server/demo/demoApi.js';
import { startService } from '../support/angularChat.js';
import { launchChromium } from '../support/chromium.js';
import { ChatPage } from './chatPage.js';
import { startCutter, type Cutter } from './cutter.js';

/** What Chromium itself writes to the console when a connection is lost. */
const LOST_CONNECTION = /^Failed to load resource: net::ERR_/;

/** Everything between the model and the screen: the API, the service as a process of its own, a proxy, and a browser. */
export interface Stage {
  readonly api: MessagesServer;
  readonly cutter: Cutter;
  /** What goes wrong with the next requests to the API, the first one first. */
  readonly faults: Partial<Reply>[];
  /** The requests to the API since the current check began. */
  requests(): readonly RecordedRequest[];
  /** Opens the application in a browser context of its own. */
  open(options?: BrowserContextOptions): Promise<ChatPage>;
  /** Closes what has been opened. Throws if a page has reported an error, or asked another host. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** Keeps what the banner has said, also if it was only there for a moment. Runs in the page. */
function recordNotices(): void {
  const notices: string[] = [];
  Object.assign(globalThis, { notices });
  const record = (): void => {
    const text = document.querySelector('app-notice-banner')?.textContent ?? '';
    if (text !== '' && text !== notices.at(-1)) notices.push(text);
  };
  new MutationObserver(record).observe(document, { childList: true, characterData: true, subtree: true });
}

/** @param paceMs - How long the model takes for a few letters. */
export async function setStage(paceMs: number): Promise<Stage> {
  const faults: Partial<Reply>[] = [];
  const api = await startDemoApi({ paceMs, fault: () => faults.shift() });
  const service = startService({ PORT: '0', ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: api.url });
  const cutter = await startCutter(await service.url);
  const browser = await launchChromium();
  const complaints: string[] = [];
  let earlier = 0;

  return {
    api,
    cutter,
    faults,
    requests: () => api.requests.slice(earlier),
    open: async (options) => {
      earlier = api.requests.length;
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(20_000);
      await context.addInitScript('globalThis.__name = (value) => value'); // tsx calls it in functions that run in the page
      await context.addInitScript(recordNotices);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        const isComplaint = message.type() === 'error' || message.type() === 'warning';
        if (isComplaint && !LOST_CONNECTION.test(message.text())) complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(`${cutter.url}/`)) complaints.push(`The page asked ${request.url()}.`);
      });
      await page.goto(cutter.url);
      return new ChatPage(page);
    },
    closePages: async () => {
      for (const context of browser.contexts()) await context.close();
      const [complaint] = complaints.splice(0);
      if (complaint !== undefined) throw new Error(`The page complained: ${complaint}`);
    },
    close: async () => {
      await browser.close();
      await cutter.close();
      await service.close();
      await api.close();
    },
  };
}
