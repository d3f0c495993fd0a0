/** The script of the page: reads a message with one of the readers, and observes what happens on the screen. */
import MarkdownIt from 'markdown-it';
import { READERS, type Screen } from './readers.js';

/** What has happened while a page read a message. */
export interface Seen {
  readonly renders: number;
  /** The frames that the browser has begun. */
  readonly frames: number;
  /** The most renders between two frames, without the last one: an operator does not hold the end of a text back. */
  readonly mostPerFrame: number;
  /** From the request to the last render, in ms. */
  readonly ms: number;
  /** The length of the text that is shown. */
  readonly length: number;
}

declare global {
  var read: (name: string) => Promise<Seen>;
}

globalThis.read = async (name) => {
  const reader = READERS[name];
  if (reader === undefined) throw new Error(`There is no reader named ${name}.`);
  const screen = new MarkdownScreen();
  let isOver = false;
  requestAnimationFrame(function begin() {
    screen.rendersPerFrame.push(0);
    if (!isOver) requestAnimationFrame(begin);
  });

  const begin = performance.now();
  await reader(screen);
  const ms = performance.now() - begin;
  isOver = true;
  const { rendersPerFrame, length } = screen;
  const frames = rendersPerFrame.length - 1;
  const renders = rendersPerFrame.reduce((sum, count) => sum + count, 0);
  const mostPerFrame = Math.max(...rendersPerFrame.map((count, i) => (i === screen.lastFrame ? count - 1 : count)));
  return { renders, frames, mostPerFrame, ms, length };
};

/** Shows Markdown in the page. */
class MarkdownScreen implements Screen {
  /** The renders before the first frame, between the first and the second one, and so on. */
  readonly rendersPerFrame = [0];
  /** The frame after which the last render was. */
  lastFrame = 0;
  length = 0;
  readonly #markdown = new MarkdownIt();
  readonly #finished = document.body.appendChild(document.createElement('div'));
  readonly #open = document.body.appendChild(document.createElement('div'));
  #shownBlocks = 0;

  show(text: string): void {
    this.#open.innerHTML = this.#markdown.render(text);
    this.length = text.length;
    this.#count();
  }

  showBlocks(blocks: readonly string[], open: string): void {
    for (const block of blocks.slice(this.#shownBlocks)) {
      this.#finished.insertAdjacentHTML('beforeend', this.#markdown.render(block));
      this.length += block.length;
    }
    this.#shownBlocks = blocks.length;
    this.#open.innerHTML = this.#markdown.render(open);
    this.#count();
  }

  #count(): void {
    this.lastFrame = this.rendersPerFrame.length - 1;
    this.rendersPerFrame[this.lastFrame] = (this.rendersPerFrame[this.lastFrame] ?? 0) + 1;
  }
}
