/** The processes that a section starts. They end with the section, because they exit when the channel to it closes. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How long a process may take to answer, in ms. A section fails if one takes longer, so that it always ends. */
const MOST_MS = 90_000;

/** A process, and the messages to it and from it. */
export class Worker {
  readonly #name: string;
  readonly #child: ChildProcess;
  /** Aborted when the process has exited. */
  readonly #exit = new AbortController();

  /**
   * @param file - The path in this folder, without `.ts`.
   * @param args - Its arguments. They name it in errors.
   */
  constructor(file: string, args: readonly string[]) {
    this.#name = [file, ...args].join(' ');
    this.#child = fork(fileURLToPath(new URL(`${file}.ts`, import.meta.url)), args);
    this.#child.once('exit', (code) => {
      this.#exit.abort(new Error(`${this.#name} exited with ${code ?? 'a signal'}.`));
    });
  }

  /** Waits for the next message. */
  async answer(): Promise<unknown> {
    const signal = AbortSignal.any([this.#exit.signal, AbortSignal.timeout(MOST_MS)]);
    try {
      const [message] = (await once(this.#child, 'message', { signal })) as [unknown];
      return message;
    } catch (cause) {
      if (this.#exit.signal.aborted) throw this.#exit.signal.reason;
      throw new Error(`${this.#name} has not answered for ${MOST_MS / 1000} s.`, { cause });
    }
  }

  /** Sends a message. */
  send(message: unknown): void {
    this.#child.send(message as object);
  }

  /** Sends a message, and waits for the next answer. */
  ask(message: unknown): Promise<unknown> {
    const answer = this.answer();
    this.send(message);
    return answer;
  }

  /** Ends the process, if it has not ended. */
  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
