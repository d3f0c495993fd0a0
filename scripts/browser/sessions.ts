import assert from 'node:assert/strict';
import {
  BOOKED,
  FOUND,
  LOOKING,
  NOT_BOOKED,
  OVERLOADED,
  TIDES,
} from '../../examples/angular-chat/server/demo/texts.js';
import type { Check } from './check.js';
import { lettersOf, type ChatPage } from './chatPage.js';

const TIDES_PROMPT = 'Why are there tides?';
const TABLE_PROMPT = 'Book a table for four.';

/** Reads the letters of an answer that has booked a table, without its reference. */
async function expectBooked(chat: ChatPage): Promise<void> {
  const [before = '', after = ''] = (LOOKING + FOUND + BOOKED).split('REFERENCE').map(lettersOf);
  const letters = await chat.letters();
  assert.ok(letters.startsWith(before), `The answer is ${letters}`);
  assert.ok(letters.endsWith(after), `The answer is ${letters}`);
  assert.equal(letters.length, before.length + 6 + after.length);
}

export const sessionChecks: readonly Check[] = [
  {
    name: 'a reload in the middle of an answer gets the rest, and asks the model once',
    run: async ({ open, faults, requests }) => {
      const chat = await open();
      faults.push({ paceMs: 60 });
      await chat.ask(TIDES_PROMPT);
      await chat.untilWritten(250);
      await chat.page.reload();
      await chat.untilWritten(250);
      assert.ok(await chat.stop.isVisible(), 'The answer was complete before the page was reloaded.');
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(TIDES));
      assert.equal(requests().length, 1);

      await chat.page.reload();
      await chat.untilWritten(TIDES.length / 2);
      assert.equal(await chat.letters(), lettersOf(TIDES));
      assert.equal(requests().length, 1);
    },
  },
  {
    name: 'the form of a tool fills in while it is written, and the tool runs once it is approved',
    run: async ({ open, faults }) => {
      const chat = await open();
      faults.push({}, { paceMs: 60 });
      await chat.ask(TABLE_PROMPT);
      const notes = chat.card('Book a table').getByRole('textbox', { name: 'Notes' });
      const seen = new Set<string>();
      while (!(await chat.button('Approve').isVisible())) {
        if (await notes.isVisible()) seen.add(await notes.inputValue());
        await chat.page.waitForTimeout(20);
      }
      const values = [...seen, await notes.inputValue()];
      assert.ok(seen.size >= 4, `The field was seen with ${seen.size} values.`);
      for (const value of values) assert.ok(values.at(-1)?.startsWith(value), value);
      assert.equal(await chat.card('Book a table').getByRole('textbox', { name: 'Restaurant' }).inputValue(), 'Prado');
      assert.equal(await chat.card('Find a table').getByText('Done', { exact: true }).count(), 1);

      await chat.button('Approve').click();
      await chat.card('Book a table').getByText('Running', { exact: true }).waitFor();
      await chat.card('Book a table').getByText('Done', { exact: true }).waitFor();
      await chat.text('The reference is').waitFor();
      await chat.untilIdle();
      await expectBooked(chat);
    },
  },
  {
    name: 'a tool that is declined does not run, and the model reads that',
    run: async ({ open }) => {
      const chat = await open();
      await chat.ask(TABLE_PROMPT);
      await chat.button('Decline').click();
      await chat.card('Book a table').getByText('Declined', { exact: true }).waitFor();
      await chat.text('I have not booked anything.').waitFor();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(LOOKING + FOUND + NOT_BOOKED));
    },
  },
  {
    name: 'a tool still waits after a reload, and a reload after its approval gets the rest',
    run: async ({ open, requests }) => {
      const chat = await open();
      await chat.ask(TABLE_PROMPT);
      await chat.button('Approve').waitFor();
      await chat.page.reload();
      await chat.button('Approve').click();
      await chat.text('is booked').waitFor();
      await chat.page.reload();
      await chat.text('You can cancel').waitFor();
      await chat.untilIdle();
      await expectBooked(chat);
      assert.equal(await chat.card('Book a table').getByText('Done', { exact: true }).count(), 1);
      assert.equal(requests().length, 3);

      await chat.ask(TIDES_PROMPT); // the history is one that the API accepts
      await chat.text('Bay of Fundy').waitFor();
    },
  },
  {
    name: 'a lost connection after an approval does not run the tool twice',
    run: async ({ open, cutter, requests }) => {
      const chat = await open();
      await chat.ask(TABLE_PROMPT);
      await chat.button('Approve').click();
      await chat.card('Book a table').getByText('Done', { exact: true }).waitFor();
      await chat.text('is booked').waitFor();
      cutter.cut();
      await chat.text('You can cancel').waitFor();
      await chat.untilIdle();
      await expectBooked(chat);
      assert.equal(requests().length, 3);
    },
  },
  {
    name: 'a conversation that does not fit into the storage of the tab works, and the list says so',
    run: async ({ open }) => {
      const chat = await open();
      await chat.ask(TIDES_PROMPT);
      await chat.untilIdle();
      await chat.page.evaluate(() => {
        for (let length = 2 ** 23; length >= 1; length /= 2) {
          for (let i = 0; i < 2; i += 1) {
            try {
              sessionStorage.setItem(`filler ${length} ${i}`, 'x'.repeat(length));
            } catch {
              break; // the storage has less space than that
            }
          }
        }
      });
      await chat.ask(TIDES_PROMPT);
      await chat.untilIdle();
      await chat.page.getByText('Too large to survive a reload').waitFor();

      await chat.page.evaluate(() => {
        for (const key of Object.keys(sessionStorage)) if (key.startsWith('filler')) sessionStorage.removeItem(key);
      });
      await chat.ask(TIDES_PROMPT);
      await chat.untilIdle();
      await chat.page.getByText('Too large to survive a reload').waitFor({ state: 'detached' });
      await chat.page.reload();
      await chat.untilWritten(TIDES.length / 2);
      assert.deepEqual(await chat.questions(), [TIDES_PROMPT, TIDES_PROMPT, TIDES_PROMPT]);
    },
  },
  {
    name: 'several conversations are answered at once, and each keeps its own text',
    run: async ({ open }) => {
      const chat = await open();
      const list = chat.page.getByRole('navigation', { name: 'Conversations' });
      await chat.ask(TIDES_PROMPT);
      await chat.untilWritten(100);
      await chat.button('New conversation').click();
      await chat.ask('What if the model is overloaded?');
      await list.getByRole('button', { name: 'Why are there tides? Answering' }).waitFor();
      await list.getByRole('button', { name: /^Why are there tides\?/ }).click();
      await chat.page.getByRole('heading', { name: 'Why are there tides?', level: 1 }).waitFor();
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(TIDES));

      await list.getByRole('button', { name: /^What if the model is overloaded\?/ }).click();
      await chat.page.getByRole('heading', { name: 'What if the model is overloaded?', level: 1 }).waitFor();
      await chat.untilWritten(OVERLOADED.length / 2);
      await chat.untilIdle();
      assert.equal(await chat.letters(), lettersOf(OVERLOADED));
      assert.deepEqual(await chat.questions(), ['What if the model is overloaded?']);

      await list.getByRole('button', { name: 'Delete What if the model is overloaded?' }).click();
      await chat.page.getByRole('heading', { name: 'Why are there tides?', level: 1 }).waitFor();
      assert.equal(await chat.letters(), lettersOf(TIDES));
      assert.equal(await list.getByRole('listitem').count(), 1);
    },
  },
];
