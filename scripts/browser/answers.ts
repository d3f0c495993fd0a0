import assert from 'node:assert/strict';
import { buildMessage, eventsOf } from 'rxjs-anthropic/testing';
import { CODE, CONNECTION, FAILURE, OVERLOADED, TIDES } from '../../examples/angular-chat/server/demo/texts.js';
import type { Check } from './check.js';
import { lettersOf } from './chatPage.js';

const TIDES_PROMPT = 'Why are there tides?';

export const answerChecks: readonly Check[] = [
  {
    name: 'the text grows while it is written, and nothing that was shown changes',
    run: async ({ open }) => {
      const chat = await open();
      await chat.ask(TIDES_PROMPT);
      const seen = await chat.lettersWhileWritten();
      const expected = lettersOf(TIDES);
      assert.ok(seen.length >= 10, `The text was seen to change ${seen.length} times.`);
      for (const letters of seen)
        assert.ok(expected.startsWith(letters), `This is not how the text begins: ${letters}`);
      assert.equal(seen.at(-1), expected);
    },
  },
  {
    name: 'a block of Markdown that is finished is not rendered again',
    run: async ({ open }) => {
      const chat = await open();
      await chat.ask(TIDES_PROMPT);
      await chat.untilWritten(400);
      await chat.page.evaluate(() => {
        const [first] = document.querySelectorAll('app-markdown-block');
        document.documentElement.dataset['changes'] = '0';
        const count = (records: MutationRecord[]) => {
          const { dataset } = document.documentElement;
          dataset['changes'] = String(Number(dataset['changes']) + records.length);
        };
        if (first === undefined) throw new Error('There is no block.');
        new MutationObserver(count).observe(first, {
          attributes: true,
          characterData: true,
          childList: true,
          subtree: true,
        });
      });
      await chat.untilIdle();
      assert.equal(await chat.page.locator('html').getAttribute('data-changes'), '0');
      assert.equal(await chat.letters(), lettersOf(TIDES));
    },
  },
  {
    name: 'Markdown is rendered, HTML is shown as text, and code can be copied',
    run: async ({ open, faults }) => {
      const chat = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
      await chat.ask('Show me the code of a debounce.');
      await chat.untilIdle();
      assert.equal(await chat.page.getByRole('group', { name: 'Code' }).count(), 2);
      await chat.button('Copy code').last().click();
      await chat.button('Copied').waitFor();
      assert.ok(CODE.includes(await chat.page.evaluate(() => navigator.clipboard.readText())));

      const content =
        'A <img src=x onerror="alert(1)"> and a [link](javascript:alert(1)) and ![a picture](https://example.com/?secret).';
      faults.push({ events: eventsOf(buildMessage({ content })) });
      await chat.ask('Attack me.');
      await chat.text('<img src=x onerror="alert(1)">').waitFor();
      assert.equal(
        await chat.page.locator('app-markdown img, app-markdown script, app-markdown a[href^=javascript]').count(),
        0,
      );
    },
  },
  {
    name: 'a stop ends the generation, and what was written stays and can be continued',
    run: async ({ open, requests }) => {
      const chat = await open();
      await chat.ask(TIDES_PROMPT);
      await chat.untilWritten(200);
      await chat.stop.click();
      await chat.notice.filter({ hasText: 'You stopped this answer.' }).waitFor();
      const [request] = requests();
      await request?.closed;
      assert.equal(request?.hungUp, true, 'The API has sent the whole answer.');
      const written = await chat.letters();
      assert.ok(written.length >= 100 && lettersOf(TIDES).startsWith(written));

      await chat.button('Continue').click();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(TIDES));
    },
  },
  {
    name: 'a lost connection to the service loses nothing, doubles nothing, and asks the model once',
    run: async ({ open, cutter, requests }) => {
      const chat = await open();
      await chat.ask(TIDES_PROMPT);
      for (const letters of [150, 500]) {
        await chat.untilWritten(letters);
        cutter.cut();
      }
      await chat.untilIdle();
      assert.match(await chat.notices(), /The connection was lost\. What has arrived is kept\. Reconnecting/);
      assert.equal(await chat.letters(), lettersOf(TIDES));
      assert.equal(requests().length, 1);
      assert.equal(requests()[0]?.hungUp, false);
    },
  },
  {
    name: 'a lost connection to the model loses nothing and doubles nothing',
    run: async ({ open, faults, requests }) => {
      const chat = await open();
      faults.push({ resetAtByte: 7000 });
      await chat.ask(TIDES_PROMPT);
      await chat.untilIdle();
      assert.match(await chat.notices(), /Reconnecting/);
      assert.equal(await chat.letters(), lettersOf(TIDES));
      assert.equal(requests().length, 2);
    },
  },
  {
    name: 'lost connections on both hops lose nothing and double nothing',
    run: async ({ open, cutter }) => {
      const chat = await open();
      await chat.ask('Lose the connection.');
      await chat.untilWritten(100);
      cutter.cut();
      await chat.untilWritten(300);
      cutter.cut();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(CONNECTION));
    },
  },
  {
    name: 'an overloaded model is asked again, after a countdown',
    run: async ({ open, requests }) => {
      const chat = await open();
      await chat.ask('What if the model is overloaded?');
      await chat.untilIdle();
      assert.match(await chat.notices(), /overloaded\. Trying again in 3 s[^]*in 2 s[^]*in 1 s/);
      assert.equal(await chat.letters(), lettersOf(OVERLOADED));
      assert.equal(requests().length, 3);
    },
  },
  {
    name: 'an answer that fails shows what had arrived, and can be continued or asked for again',
    run: async ({ open }) => {
      const chat = await open();
      await chat.ask('What if an answer fails?');
      await chat.notice.filter({ hasText: 'This answer is incomplete.' }).waitFor();
      const written = await chat.letters();
      assert.ok(written.length > 50 && lettersOf(FAILURE).startsWith(written) && written !== lettersOf(FAILURE));
      await chat.button('Ask again').waitFor();
      await chat.button('Continue').click();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(FAILURE));
      assert.equal(await chat.notice.count(), 0);
    },
  },
  {
    name: 'a message can be edited, and is answered again',
    run: async ({ open }) => {
      const chat = await open();
      await chat.ask('Show me the code of a debounce.');
      await chat.untilIdle();
      await chat.button('Edit message').click();
      const edit = chat.page.getByRole('textbox', { name: 'Edit your message' });
      await edit.fill(TIDES_PROMPT);
      await edit.press('Enter');
      await chat.stop.waitFor();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(TIDES));
      assert.equal(await chat.page.getByRole('article', { name: 'You' }).count(), 1);
    },
  },
];
