import { Component, inject, output } from '@angular/core';
import { labelOf } from '../chat/status';
import { Chats, type OpenChat } from '../chats';
import { Icon } from '../ui/icon';
import { Logo } from '../ui/logo';
import { ThemePicker } from './theme-picker';

@Component({
  selector: 'app-sidebar',
  imports: [Icon, Logo, ThemePicker],
  template: `
    <header>
      <app-logo />
      <strong>Tideline</strong>
    </header>
    <button type="button" class="new" (click)="create()"><app-icon name="plus" />New conversation</button>
    <nav aria-label="Conversations">
      <ul>
        @for (chat of chats.started(); track chat.id) {
          @let label = labelOf(chat.state());
          <li [class.active]="chat === chats.active()">
            <button
              type="button"
              class="open"
              [attr.aria-current]="chat === chats.active() ? 'page' : null"
              (click)="select(chat)"
            >
              <span class="title">{{ chat.title() }}</span>
              @if (label) {
                <span class="state" [class]="chat.state().status">{{ label }}</span>
              }
              @if (chats.isLeftOut(chat)) {
                <span class="hint">Too large to survive a reload</span>
              }
            </button>
            <button
              type="button"
              class="quiet small delete"
              (click)="chats.remove(chat)"
              [attr.aria-label]="'Delete ' + chat.title()"
            >
              <app-icon name="trash" />
            </button>
          </li>
        }
      </ul>
    </nav>
    <footer>
      <app-theme-picker />
    </footer>
  `,
  styleUrl: './sidebar.css',
})
export class Sidebar {
  /** A conversation has been chosen. */
  readonly chosen = output();

  protected readonly chats = inject(Chats);
  protected readonly labelOf = labelOf;

  protected create(): void {
    this.chats.create();
    this.chosen.emit();
  }

  protected select({ id }: OpenChat): void {
    this.chats.select(id);
    this.chosen.emit();
  }
}
