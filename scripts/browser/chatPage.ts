import type { Locator, Page } from 'playwright-core';

/** The chat in a page, by what a person finds on it. */
export class ChatPage {
  readonly page: Page;
  readonly field: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly notice: Locator;

  constructor(page: Page) {
    this.page = page;
    this.field = page.getByRole('textbox', { name: 'Message', exact: true });
    this.send = page.getByRole('button', { name: 'Send', exact: true });
    this.stop = page.getByRole('button', { name: 'Stop', exact: true });
    this.notice = page.getByRole('region', { name: 'Notice' });
  }

  /** Asks, and waits until the page shows that it has. */
  async ask(prompt: string): Promise<void> {
    await this.field.fill(prompt);
    await this.field.press('Enter');
    await this.stop.waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name });
  }

  /** A part of what the model has written. */
  text(words: string): Locator {
    return this.page.locator('app-markdown').getByText(words);
  }

  /** The card of a tool, whatever its status is. */
  card(title: string): Locator {
    return this.page.getByRole('group', { name: new RegExp(`^${title}: `) }).last();
  }

  /** Waits until an answer is being written, and has at least this many letters. */
  async untilWritten(letters: number): Promise<void> {
    await this.page.waitForFunction(
      (least) => {
        const texts = [...document.querySelectorAll('app-markdown')].map((element) => element.textContent);
        return texts.join('').length >= least;
      },
      letters,
      { polling: 20 },
    );
  }

  /** What the banner has said since the page was loaded, also if it was only there for a moment. */
  async notices(): Promise<string> {
    const notices = await this.page.evaluate(() => (globalThis as unknown as { notices: string[] }).notices);
    return notices.join('\n').replace(/ +/g, ' ');
  }

  /** What the user has asked. */
  async questions(): Promise<readonly string[]> {
    return this.page.locator('app-user-turn').allInnerTexts();
  }

  /** Waits until nothing is being written. */
  async untilIdle(): Promise<void> {
    await this.send.waitFor();
  }

  /** The letters of all texts of the model, in order. */
  async letters(): Promise<string> {
    return lettersOf((await this.page.locator('app-markdown').allInnerTexts()).join(''));
  }

  /** The letters of the text each time that it has changed, until nothing is being written. */
  async lettersWhileWritten(): Promise<readonly string[]> {
    const seen: string[] = [];
    do {
      const letters = await this.letters();
      if (letters !== seen.at(-1)) seen.push(letters);
      await this.page.waitForTimeout(30);
    } while (!(await this.send.isVisible()));
    seen.push(await this.letters());
    return seen;
  }
}

/** What is left of a Markdown text, whether it is rendered or not. */
export function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}
