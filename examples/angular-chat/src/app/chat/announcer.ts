import { Component, DestroyRef, effect, inject, input, signal, untracked } from '@angular/core';
import type { ConversationState } from 'rxjs-anthropic';
import { announce, type Announced } from './announcements';

/** A live region interrupts the user whenever it changes, so it changes at most this often. */
const PAUSE_MS = 1500;

/** Tells screen readers what happens: whole sentences of the answer, not every word. The transcript itself is no live region. */
@Component({
  selector: 'app-announcer',
  template: `<div aria-live="polite" role="status" class="visually-hidden">{{ words() }}</div>`,
})
export class Announcer {
  readonly state = input.required<ConversationState>();

  protected readonly words = signal('');

  constructor() {
    let announced: Announced | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const say = () => {
      timer = undefined;
      announced = announce(announced, untracked(this.state));
      this.words.set(announced.words);
    };
    effect(() => {
      this.state();
      if (announced === undefined) untracked(say);
      else timer ??= setTimeout(say, PAUSE_MS);
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  }
}
