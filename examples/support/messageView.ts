import { inspect } from 'node:util';
import type { Message } from 'rxjs-anthropic';

type Part = 'thinking' | 'text' | 'tool_use';

/**
 * Shows a message as it grows. On a terminal, the input of a tool call is one line that is overwritten as it grows;
 * elsewhere (a pipe, a file), its JSON text is appended piece by piece.
 */
export class MessageView {
  readonly #out: NodeJS.WriteStream;
  /** Whether lines can be overwritten. */
  readonly #isTerminal: boolean;
  #message: Message | undefined;
  #part: Part | undefined;
  #index = -1;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#isTerminal = out.isTTY && process.env['TERM'] !== 'dumb';
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
    if (!this.#isTerminal) this.#out.write(fragment);
  };

  /** Shows a snapshot of the message. If its last block is a tool call, shows as much of the input as has arrived. */
  readonly message = (message: Message): void => {
    this.#message = message;
    const index = message.content.length - 1;
    const call = message.content[index];
    if (call?.type !== 'tool_use') return;
    const isNew = this.#part !== 'tool_use' || this.#index !== index;
    this.#enter('tool_use', index);
    if (this.#isTerminal) {
      const name = `${call.name} `;
      this.#overwriteLine(name + tail(JSON.stringify(call.input), this.#columns - name.length - 3));
    } else if (isNew) {
      this.#out.write(`${call.name} `);
    }
  };

  /** Ends the current part, and writes a line of its own. */
  note(text: string): void {
    this.end();
    if (this.#isTerminal) this.#overwriteLine(''); // where the terminal has echoed ^C
    this.#out.write(`${this.#dim(text)}\n`);
  }

  /** Ends the current part. The input of a tool call, which no longer grows, is then shown in full. */
  end(): void {
    if (this.#part === undefined) return;
    const call = this.#message?.content[this.#index];
    if (this.#isTerminal && call?.type === 'tool_use') {
      const colors = this.#out.hasColors();
      this.#overwriteLine(`${call.name} ${inspect(call.input, { colors, depth: null, breakLength: this.#columns })}`);
    }
    this.#out.write('\n\n');
    this.#part = undefined;
  }

  /** Ends the current part and begins another, unless they are the same. */
  #enter(part: Part, index: number): void {
    if (this.#part === part && this.#index === index) return;
    this.end();
    this.#part = part;
    this.#index = index;
  }

  /** The width of the terminal. Some report 0, which means that they do not know it. */
  get #columns(): number {
    return this.#out.columns || 80;
  }

  #overwriteLine(line: string): void {
    this.#out.write(`\r\x1b[K${line}`);
  }

  #dim(text: string): string {
    return this.#isTerminal && this.#out.hasColors() ? `\x1b[2m${text}\x1b[22m` : text;
  }
}

/** Returns the end of a text that fits into a number of columns, after an ellipsis if it is shortened. Wide characters take two columns. */
function tail(text: string, columns: number): string {
  const characters = Array.from(text);
  let from = characters.length;
  for (let room = columns - 1; from > 0; from -= 1) {
    room -= (characters[from - 1] ?? '') < '\u1100' ? 1 : 2;
    if (room < 0) break;
  }
  return from === 0 ? text : `…${characters.slice(from).join('')}`;
}
