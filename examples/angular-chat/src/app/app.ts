import {
  afterRenderEffect,
  Component,
  ElementRef,
  inject,
  resource,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { ChatView } from './chat/chat-view';
import { isBusy } from './chat/status';
import { TokenMeter } from './chat/token-meter';
import { Chats } from './chats';
import { Sidebar } from './shell/sidebar';
import { Icon } from './ui/icon';

@Component({
  selector: 'app-root',
  imports: [ChatView, Icon, Sidebar, TokenMeter],
  templateUrl: './app.html',
  styleUrl: './app.css',
  host: { '(document:keydown.escape)': 'escape()' },
})
export class App {
  protected readonly chats = inject(Chats);
  protected readonly isMenuOpen = signal(false);
  protected readonly model = resource({
    loader: async ({ abortSignal }) => {
      const response = await fetch('/api/model', { signal: abortSignal });
      return (await response.json()) as { readonly name: string; readonly isDemo: boolean };
    },
  });

  private readonly view = viewChild(ChatView);
  private readonly menuButton = viewChild.required<ElementRef<HTMLButtonElement>>('menuButton');

  constructor() {
    afterRenderEffect(() => {
      this.chats.active();
      // A keyboard on the screen would cover the conversation.
      if (matchMedia('(hover: hover)').matches) untracked(() => this.view()?.focus());
    });
  }

  protected closeMenu(): void {
    this.isMenuOpen.set(false);
    this.view()?.focus();
  }

  protected escape(): void {
    if (this.isMenuOpen()) {
      this.isMenuOpen.set(false);
      this.menuButton().nativeElement.focus();
      return;
    }
    const active = this.chats.active();
    if (active !== undefined && isBusy(active.state())) active.stop();
  }
}
