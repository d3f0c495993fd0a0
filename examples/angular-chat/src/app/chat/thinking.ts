import { Component, input } from '@angular/core';
import { Icon } from '../ui/icon';

/** What the model thinks before it answers, folded away. */
@Component({
  selector: 'app-thinking',
  imports: [Icon],
  template: `
    <details>
      <summary>
        <app-icon name="chevron" />
        <span [class.shimmer]="isOpen()">{{ isOpen() ? 'Thinking' : 'Thought about it' }}</span>
      </summary>
      <p>{{ text() || 'The model does not show its thoughts.' }}</p>
    </details>
  `,
  styles: `
    :host {
      display: block;
      margin-bottom: 0.75rem;
    }
    summary {
      display: inline-flex;
      align-items: center;
      gap: 0.35rem;
      padding: 0.25rem 0.6rem 0.25rem 0.4rem;
      margin-left: -0.4rem;
      border-radius: 8px;
      color: var(--muted);
      font-size: 0.875rem;
      cursor: pointer;
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    summary:hover {
      background: var(--hover);
      color: var(--ink);
    }
    app-icon {
      transition: rotate 150ms;
    }
    [open] app-icon {
      rotate: 90deg;
    }
    p {
      margin: 0.4rem 0 0.25rem 0.3rem;
      padding-left: 1rem;
      border-left: 2px solid var(--line);
      color: var(--muted);
      font-size: 0.875rem;
      line-height: 1.65;
      white-space: pre-wrap;
    }
  `,
})
export class Thinking {
  readonly text = input.required<string>();
  /** Whether the model is still thinking. */
  readonly isOpen = input(false);
}
