import { Component, input, signal } from '@angular/core';
import { Icon } from './icon';

@Component({
  selector: 'app-copy-button',
  imports: [Icon],
  template: `
    <button type="button" class="quiet small" (click)="copy()">
      <app-icon [name]="outcome() === 'Copied' ? 'check' : 'copy'" />
      <span aria-live="polite">{{ outcome() ?? label() }}</span>
    </button>
  `,
})
export class CopyButton {
  readonly text = input.required<string>();
  readonly label = input('Copy');

  protected readonly outcome = signal<'Copied' | 'Not copied' | undefined>(undefined);

  protected async copy(): Promise<void> {
    const copied = navigator.clipboard.writeText(this.text());
    this.outcome.set(await copied.then(() => 'Copied' as const).catch(() => 'Not copied' as const));
    setTimeout(() => this.outcome.set(undefined), 2000);
  }
}
