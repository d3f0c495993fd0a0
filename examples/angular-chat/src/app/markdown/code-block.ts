import { Component, computed, input } from '@angular/core';
import { CopyButton } from '../ui/copy-button';
import { highlight } from './highlight';

@Component({
  selector: 'app-code-block',
  imports: [CopyButton],
  template: `
    <div class="bar">
      <span>{{ language() || 'text' }}</span>
      <app-copy-button [text]="code()" label="Copy code" />
    </div>
    <pre tabindex="0" role="group" aria-label="Code"><code [innerHTML]="html()"></code></pre>
  `,
  styles: `
    :host {
      display: block;
      margin: 1rem 0;
      border: 1px solid var(--line);
      border-radius: 12px;
      background: var(--code);
      overflow: hidden;
    }
    .bar {
      display: flex;
      justify-content: space-between;
      align-items: center;
      padding: 0.3rem 0.4rem 0.3rem 0.9rem;
      border-bottom: 1px solid var(--line);
      color: var(--muted);
      font-size: 0.75rem;
    }
    pre {
      margin: 0;
      padding: 0.8rem 0.9rem;
      overflow-x: auto;
      font: 0.8125rem/1.65 var(--mono);
      tab-size: 2;
    }
    code {
      font: inherit;
    }
    pre:focus-visible {
      outline-offset: -3px;
    }
  `,
})
export class CodeBlock {
  readonly code = input.required<string>();
  readonly language = input('');

  protected readonly html = computed(() => highlight(this.code(), this.language()));
}
