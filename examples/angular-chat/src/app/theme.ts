import { effect, Injectable, signal } from '@angular/core';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = 'theme';

/** Which colours the page has. By default, those of the system. */
@Injectable({ providedIn: 'root' })
export class Themes {
  readonly theme = signal<Theme>(THEMES.find((theme) => theme === localStorage.getItem(STORAGE_KEY)) ?? 'system');

  constructor() {
    effect(() => {
      localStorage.setItem(STORAGE_KEY, this.theme());
      document.documentElement.dataset['theme'] = this.theme();
    });
  }
}
