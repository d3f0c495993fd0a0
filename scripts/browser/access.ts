import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { NOT_BOOKED, TIDES } from '../../examples/angular-chat/server/demo/texts.js';
import type { Check } from './check.js';
import { lettersOf, type ChatPage } from './chatPage.js';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } as const;

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs axe on what is shown. Throws if it finds a fault. */
async function expectNoFaults({ page }: ChatPage, state: string): Promise<void> {
  await page.waitForTimeout(300); // colours that fade have no contrast yet
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const faults = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`);
  assert.deepEqual(faults, [], state);
}

async function expectNoHorizontalScroll({ page }: ChatPage, state: string): Promise<void> {
  const content = await page.evaluate(() => document.documentElement.scrollWidth);
  const { width } = page.viewportSize() ?? { width: 0 };
  assert.ok(content <= width, `${state}: the page is ${content} pixels wide, the screen ${width}.`);
  const cut = await page.evaluate((right) => {
    const isOutside = (element: Element) => element.getBoundingClientRect().right > right;
    const isScrolled = (element: Element) => element.closest('pre, .table, .visually-hidden') !== null;
    const outside = [...document.querySelectorAll('main *')].filter((each) => isOutside(each) && !isScrolled(each));
    return outside.map(({ outerHTML }) => outerHTML.slice(0, 100));
  }, width + 1);
  assert.deepEqual(cut, [], state);
}

export const accessChecks: readonly Check[] = [
  {
    name: 'the keyboard is enough',
    run: async ({ open, requests }) => {
      const chat = await open();
      const { keyboard } = chat.page;
      const focused = () =>
        chat.page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent.trim(),
        );
      const tabTo = async (name: string) => {
        for (let i = 0; i < 30 && (await focused()) !== name; i += 1) await keyboard.press('Shift+Tab');
        assert.equal(await focused(), name);
      };

      await chat.field.waitFor();
      assert.equal(await focused(), 'Message');
      await keyboard.type('First line');
      await keyboard.press('Shift+Enter');
      await keyboard.type('Why are there tides?');
      await keyboard.press('Enter');
      assert.deepEqual(await chat.questions(), ['First line\nWhy are there tides?']);
      await chat.untilWritten(150);
      await keyboard.press('Escape');
      await chat.notice.waitFor();
      await requests()[0]?.closed;
      assert.equal(requests()[0]?.hungUp, true);
      assert.equal(await focused(), 'Message');

      await tabTo('Continue');
      await keyboard.press('Enter');
      assert.equal(await focused(), 'Message');
      await chat.stop.waitFor();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(TIDES));

      await keyboard.type('Book a table for four.');
      await keyboard.press('Enter');
      await chat.button('Decline').waitFor();
      await tabTo('Decline');
      await keyboard.press('Space');
      assert.equal(await focused(), 'Message');
      await chat.text(NOT_BOOKED.slice(0, 20)).waitFor();
    },
  },
  {
    name: 'screen readers hear whole sentences, and not too often',
    run: async ({ open }) => {
      const chat = await open();
      await chat.page.evaluate(() => {
        const said: string[] = [];
        Object.assign(globalThis, { said });
        const region = document.querySelector('app-announcer [aria-live]');
        if (region === null) throw new Error('There is no live region.');
        new MutationObserver(() => said.push(region.textContent)).observe(region, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      });
      const begin = Date.now();
      await chat.ask('Why are there tides?');
      await chat.untilIdle();
      await chat.page.waitForTimeout(2000);
      const said = await chat.page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
      const seconds = (Date.now() - begin) / 1000;
      assert.ok(said.length >= 1 && said.length <= seconds / 1.4, `${said.length} changes in ${seconds} s.`);
      for (const words of said) assert.match(words, /[.:!?]$/, `This is not a whole sentence: ${words}`);
      assert.equal(lettersOf(said.join('')), lettersOf(`${TIDES}Answer complete.`));

      // No other part of the page speaks.
      const live = await chat.page
        .locator('[aria-live]:not([aria-live=off]), [role=alert], [role=status]')
        .evaluateAll((all) => all.filter((each) => each.closest('app-copy-button') === null).length);
      assert.equal(live, 1);
    },
  },
  {
    name: 'every part has a role and a name',
    run: async ({ open }) => {
      const chat = await open();
      assert.match(await chat.page.locator('body').ariaSnapshot(), /heading "What shall we look into\?" \[level=2\]/);
      await chat.ask('Book a table for four.');
      await chat.button('Approve').waitFor();
      const tree = await chat.page.locator('body').ariaSnapshot();
      for (const part of [
        /link "Skip to the message field"/,
        /navigation "Conversations"/,
        /button "Book a table for four\. Needs approval"/,
        /group "Colours"/,
        /radio "Dark"/,
        /main/,
        /heading "Book a table for four\." \[level=1\]/,
        /img "[\d,]+ tokens read, [\d,]+ written"/,
        /log "Conversation"/,
        /article "You"/,
        /article "Claude"/,
        /group "Find a table: Done"/,
        /group "Book a table: Needs your approval"/,
        /textbox "Restaurant": Prado/,
        /textbox "Guests": "4"/,
        /button "Decline"/,
        /button "Approve"/,
        /textbox "Message"/,
        /button "Send" \[disabled\]/,
      ]) {
        assert.match(tree, part);
      }
    },
  },
  {
    name: 'axe finds no fault, in light and in dark',
    run: async ({ open, faults }) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const chat = await open({ colorScheme, reducedMotion: 'reduce' });
        await expectNoFaults(chat, `${colorScheme}, welcome`);
        faults.push({ paceMs: 200 }); // axe takes seconds
        await chat.ask('Why are there tides?');
        await chat.untilWritten(60);
        await expectNoFaults(chat, `${colorScheme}, streaming`);
        await chat.field.press('Escape');
        await chat.notice.waitFor();
        await expectNoFaults(chat, `${colorScheme}, stopped`);
        await chat.ask('Show me the code of a debounce.');
        await chat.untilIdle();
        await expectNoFaults(chat, `${colorScheme}, code`);
        await chat.ask('Book a table for four.');
        await chat.button('Approve').waitFor();
        await expectNoFaults(chat, `${colorScheme}, approval`);
      }
    },
  },
  {
    name: 'on a phone, nothing is wider than the screen, and the list is a drawer',
    run: async ({ open }) => {
      const chat = await open(PHONE);
      await expectNoHorizontalScroll(chat, 'welcome');
      await chat.ask('Plan a weekend in Lisbon.');
      await chat.untilWritten(300);
      await expectNoHorizontalScroll(chat, 'streaming');
      await chat.stop.click();
      await chat.notice.waitFor();
      await expectNoHorizontalScroll(chat, 'stopped');
      await chat.ask('Show me the code of a debounce.');
      await chat.untilIdle();
      await expectNoHorizontalScroll(chat, 'code');
      await chat.ask('Book a table for four.');
      await chat.button('Approve').waitFor();
      await expectNoHorizontalScroll(chat, 'approval');

      const menu = chat.page.getByRole('button', { name: 'Conversations', exact: true });
      const fresh = chat.button('New conversation');
      assert.equal(await fresh.isVisible(), false);
      await menu.click();
      await fresh.waitFor();
      assert.equal(await menu.getAttribute('aria-expanded'), 'true');
      await chat.page.keyboard.press('Escape');
      await fresh.waitFor({ state: 'hidden' });
      assert.equal(await chat.button('Approve').isVisible(), true);
      await menu.click();
      await fresh.click();
      await chat.page.getByRole('heading', { name: 'What shall we look into?' }).waitFor();
      await fresh.waitFor({ state: 'hidden' });
    },
  },
  {
    name: 'the colours can be chosen, and stay chosen',
    run: async ({ open }) => {
      const chat = await open({ colorScheme: 'light' });
      const background = () => chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await chat.page.getByRole('radio', { name: 'Dark' }).check({ force: true });
      await chat.page.waitForTimeout(100);
      const dark = await background();
      assert.notEqual(dark, light);
      await chat.page.reload();
      await chat.field.waitFor();
      assert.equal(await background(), dark);
    },
  },
  {
    name: 'the browser never sees the key',
    run: async ({ open, api }) => {
      const chat = await open();
      const bodies: string[] = [];
      chat.page.on('response', (response) => {
        void response.text().then(
          (text) => bodies.push(text),
          () => undefined, // the page has been reloaded meanwhile
        );
      });
      await chat.page.reload();
      await chat.ask('Why are there tides?');
      await chat.untilIdle();
      assert.equal(api.requests.at(-1)?.headers['x-api-key'], 'test-key');
      assert.ok(bodies.length >= 4);
      for (const body of bodies) assert.ok(!body.includes('test-key'));
    },
  },
];
