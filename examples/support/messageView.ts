import { inspect } from 'node:util';
import type { Message } from 'rxjs-anthropic';

type Part = 'thinking' | 'text' | 'tool_use';

/**
 * Shows a message as it grows. On a terminal the input of a tool call is one line that is written over as it fills;
 * elsewhere (a pipe, a file) its JSON text is appended, piece by piece.
 */
export class MessageView {
  readonly #out: NodeJS.WriteStream;
  #message: Message | undefined;
  #part: Part | undefined;
  #index = -1;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  readonly thinking = (delta: string, index: number): void => {
    this.#enter('thinking', index);
    this.#out.write(this.#dim(delta));
  };

  readonly text = (delta: string, index: number): void => {
    this.#enter('text', index);
    this.#out.write(delta);
  };

  readonly inputJson = (fragment: string): void => {
    if (!this.#out.isTTY) this.#out.write(fragment);
  };

  /** Takes the message so far: of a call that is being written, its last block has as much of the input as is certain. */
  readonly message = (message: Message): void => {
    this.#message = message;
    const index = message.content.length - 1;
    const call = message.content[index];
    if (call?.type !== 'tool_use') return;
    const begins = this.#enter('tool_use', index);
    if (this.#out.isTTY) {
      const name = `${call.name} `;
      this.#writeOver(name + tail(JSON.stringify(call.input), this.#out.columns - name.length - 3));
    } else if (begins) {
      this.#out.write(`${call.name} `);
    }
  };

  /** Ends the line that is being written, and says something in one of its own. */
  note(text: string): void {
    this.end();
    if (this.#out.isTTY) this.#writeOver(''); // where the terminal has put ^C
    this.#out.write(`${this.#dim(text)}\n`);
  }

  /** Ends the part that is being shown; the input of a call, now that it does not grow, in full. */
  end(): void {
    if (this.#part === undefined) return;
    const call = this.#message?.content[this.#index];
    if (this.#out.isTTY && call?.type === 'tool_use') {
      const colors = this.#out.hasColors();
      this.#writeOver(`${call.name} ${inspect(call.input, { colors, depth: null, breakLength: this.#out.columns })}`);
    }
    this.#out.write('\n\n');
    this.#part = undefined;
  }

  /** @returns Whether the part begins. */
  #enter(part: Part, index: number): boolean {
    if (this.#part === part && this.#index === index) return false;
    this.end();
    this.#part = part;
    this.#index = index;
    return true;
  }

  #writeOver(line: string): void {
    this.#out.write(`\r\x1b[K${line}`);
  }

  #dim(text: string): string {
    return this.#out.isTTY && this.#out.hasColors() ? `\x1b[2m${text}\x1b[22m` : text;
  }
}

/** The end of a text, with an ellipsis before it if there is more, in so many columns; a wide character takes two. */
function tail(text: string, columns: number): string {
  const characters = Array.from(text);
  let from = characters.length;
  for (let room = columns - 1; from > 0; from -= 1) {
    room -= (characters[from - 1] ?? '') < '\u1100' ? 1 : 2;
    if (room < 0) break;
  }
  return from === 0 ? text : `…${characters.slice(from).join('')}`;
}
