import { Component, inject } from '@angular/core';
import { Themes, type Theme } from '../theme';
import { Icon, type IconName } from '../ui/icon';

const CHOICES: readonly { theme: Theme; label: string; icon: IconName }[] = [
  { theme: 'system', label: 'As the system', icon: 'screen' },
  { theme: 'light', label: 'Light', icon: 'sun' },
  { theme: 'dark', label: 'Dark', icon: 'moon' },
];

@Component({
  selector: 'app-theme-picker',
  imports: [Icon],
  template: `
    <fieldset>
      <legend class="visually-hidden">Colours</legend>
      @for (choice of choices; track choice.theme) {
        <label [title]="choice.label">
          <input
            type="radio"
            name="theme"
            class="visually-hidden"
            [checked]="themes.theme() === choice.theme"
            (change)="themes.theme.set(choice.theme)"
          />
          <app-icon [name]="choice.icon" />
          <span class="visually-hidden">{{ choice.label }}</span>
        </label>
      }
    </fieldset>
  `,
  styles: `
    fieldset {
      display: flex;
      margin: 0;
      padding: 3px;
      border: 0;
      border-radius: 99px;
      background: var(--hover);
    }
    label {
      position: relative;
      display: grid;
      place-items: center;
      width: 1.9rem;
      height: 1.6rem;
      border-radius: 99px;
      color: var(--muted);
      font-size: 0.9rem;
      cursor: pointer;
    }
    label:has(:checked) {
      background: var(--surface);
      color: var(--ink);
      box-shadow: var(--shadow);
    }
    label:has(:focus-visible) {
      outline: 2px solid var(--accent);
      outline-offset: 2px;
    }
  `,
})
export class ThemePicker {
  protected readonly themes = inject(Themes);
  protected readonly choices = CHOICES;
}
