import { Component, output } from '@angular/core';
import { Icon, type IconName } from '../ui/icon';
import { Logo } from '../ui/logo';

const SUGGESTIONS: readonly { icon: IconName; title: string; prompt: string }[] = [
  { icon: 'sun', title: 'Plan a trip', prompt: 'Plan a weekend in Lisbon for two people who like to walk.' },
  { icon: 'calendar', title: 'Book a table', prompt: 'Book a table for four in Lisbon on Friday evening.' },
  { icon: 'tool', title: 'Write code', prompt: 'Show me the code of a debounce operator in TypeScript.' },
  { icon: 'search', title: 'Think it through', prompt: 'How many piano tuners are there in Chicago?' },
];

/** What a conversation shows before its first message. */
@Component({
  selector: 'app-welcome',
  imports: [Icon, Logo],
  template: `
    <app-logo />
    <h2>What shall we look into?</h2>
    <ul>
      @for (suggestion of suggestions; track suggestion.title) {
        <li>
          <button type="button" (click)="chosen.emit(suggestion.prompt)">
            <app-icon [name]="suggestion.icon" />
            <strong>{{ suggestion.title }}</strong>
            <span>{{ suggestion.prompt }}</span>
          </button>
        </li>
      }
    </ul>
  `,
  styles: `
    :host {
      display: grid;
      justify-items: center;
      margin: auto;
      padding: 2rem 0;
    }
    app-logo {
      font-size: 3rem;
    }
    h2 {
      margin: 1.1rem 0 1.8rem;
      font-size: 1.625rem;
      font-weight: 600;
      letter-spacing: -0.02em;
      text-align: center;
    }
    ul {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr));
      gap: 0.75rem;
      width: 100%;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    button {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 0.2rem 0.6rem;
      width: 100%;
      height: 100%;
      padding: 0.9rem 1rem;
      border-radius: 16px;
      background: var(--surface);
      text-align: left;
      white-space: normal;
    }
    button:hover {
      border-color: var(--accent);
    }
    app-icon {
      margin-top: 0.1rem;
      color: var(--accent);
    }
    strong {
      font-weight: 600;
    }
    span {
      grid-column: 2;
      color: var(--muted);
      font-weight: 400;
      line-height: 1.45;
    }
  `,
})
export class Welcome {
  readonly chosen = output<string>();

  protected readonly suggestions = SUGGESTIONS;
}
