import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { startService } from '../support/angularChat.js';
import { ChatPage } from './chatPage.js';
import { launchChromium } from '../support/chromium.js';

const folder = resolve(import.meta.dirname, '../../docs/images');

/** The largest picture that is kept in the repository, in bytes. */
const MAX_BYTES = 300_000;

interface Picture {
  readonly name: string;
  readonly options: BrowserContextOptions;
  /** Brings the page to what the picture shows. */
  show(chat: ChatPage): Promise<void>;
}

const DESKTOP = { viewport: { width: 1200, height: 780 } } as const;

const PICTURES: readonly Picture[] = [
  {
    name: 'angular-chat-light',
    options: { ...DESKTOP, colorScheme: 'light' },
    show: async (chat) => {
      await chat.ask('How many piano tuners are there in Chicago?');
      await chat.untilIdle();
      await chat.button('New conversation').click();
      await chat.ask('Plan a weekend in Lisbon for two people who like to walk.');
      await chat.text('Lunch in LX Factory').waitFor();
    },
  },
  {
    name: 'angular-chat-dark',
    options: { ...DESKTOP, colorScheme: 'dark' },
    show: async (chat) => {
      await chat.ask('Plan a weekend in Lisbon for two people who like to walk.');
      await chat.untilWritten(100);
      await chat.button('New conversation').click();
      await chat.ask('Book a table for four in Lisbon on Friday evening.');
      await chat.button('Approve').waitFor();
    },
  },
  {
    name: 'angular-chat-phone',
    options: {
      viewport: { width: 390, height: 780 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
      colorScheme: 'light',
    },
    show: async (chat) => {
      await chat.ask('How many piano tuners are there in Chicago?');
      await chat.untilIdle();
    },
  },
];

/** Takes the pictures of the documentation, with the scripted model that the example has without a key. */
export async function takePictures(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const service = startService({ PORT: '0', ANTHROPIC_API_KEY: '' });
  const browser = await launchChromium();
  try {
    for (const { name, options, show } of PICTURES) {
      const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.goto(await service.url);
      await page.evaluate(() => document.fonts.ready);
      await show(new ChatPage(page));
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path });
      await context.close();
      const { size } = statSync(path);
      console.log(`${name}.png: ${Math.round(size / 1000)} kB`);
      if (size > MAX_BYTES) throw new Error(`${name}.png is larger than ${MAX_BYTES} bytes.`);
    }
  } finally {
    await browser.close();
    await service.close();
  }
}
