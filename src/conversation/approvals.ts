import { EMPTY, ReplaySubject, type Observable } from 'rxjs';
import type { ToolApproval } from '../tools/runTool.js';

/** The answers to the calls of one run that need approval. An answer may be given before or after it is asked for. */
export class Approvals {
  readonly #answers = new Map<string, ReplaySubject<ToolApproval>>();

  /** Emits the answer about a call once it has been given, and completes. */
  of(id: string): Observable<ToolApproval> {
    this.#prepare(id);
    return this.#answers.get(id) ?? EMPTY;
  }

  give(id: string, answer: ToolApproval): void {
    this.#prepare(id);
    this.#answers.get(id)?.next(answer);
    this.#answers.get(id)?.complete();
  }

  #prepare(id: string): void {
    if (!this.#answers.has(id)) this.#answers.set(id, new ReplaySubject(1));
  }
}
