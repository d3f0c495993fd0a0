import { Component, computed, input, output } from '@angular/core';
import type { ConversationTool } from 'rxjs-anthropic';
import { Icon } from '../ui/icon';
import { fieldsOf, formOf, textOf } from './tool-forms';

const STATUS: Readonly<Record<ConversationTool['status'], string>> = {
  writing: 'Filling in',
  approval: 'Needs your approval',
  running: 'Running',
  done: 'Done',
  failed: 'Failed',
  declined: 'Declined',
  cancelled: 'Cancelled',
};

/** A call of a tool: a form that fills in while the model writes it, then its approval, progress and result. */
@Component({
  selector: 'app-tool-card',
  imports: [Icon],
  template: `
    <section role="group" [attr.aria-label]="form().title + ': ' + status()" [class]="tool().status">
      <header>
        <span class="badge"><app-icon [name]="form().icon" /></span>
        <h3>{{ form().title }}</h3>
        <span class="status" [class]="tool().status">{{ status() }}</span>
      </header>

      <div class="fields">
        @for (field of fields(); track field.key) {
          <label [class.wide]="field.isWide" [class.empty]="field.value === ''">
            <span>{{ field.label }}</span>
            @if (field.isWide) {
              <textarea readonly rows="1" [value]="field.value"></textarea>
            } @else {
              <input readonly [value]="field.value" />
            }
          </label>
        }
      </div>

      @switch (tool().status) {
        @case ('approval') {
          <footer>
            <p>{{ form().question }}</p>
            <button type="button" (click)="declined.emit()">Decline</button>
            <button type="button" class="primary" (click)="approved.emit()">Approve</button>
          </footer>
        }
        @case ('running') {
          @if (progress(); as progress) {
            <footer>
              <progress [value]="progress.step" [max]="progress.of" aria-label="Progress"></progress>
              <p>{{ progress.asking }}</p>
            </footer>
          }
        }
        @case ('failed') {
          <footer>
            <p class="failure">{{ tool().error?.message ?? result() }}</p>
          </footer>
        }
        @default {
          @if (result()) {
            <details>
              <summary><app-icon name="chevron" />Result</summary>
              <pre tabindex="0" role="group" aria-label="Result">{{ result() }}</pre>
            </details>
          }
        }
      }
    </section>
  `,
  styleUrl: './tool-card.css',
})
export class ToolCard {
  readonly tool = input.required<ConversationTool>();
  readonly approved = output();
  readonly declined = output();

  protected readonly form = computed(() => formOf(this.tool().name));
  protected readonly fields = computed(() => fieldsOf(this.tool().name, this.tool().input));
  protected readonly status = computed(() => STATUS[this.tool().status]);
  protected readonly progress = computed(() => readProgress(this.tool().progress));
  protected readonly result = computed(() => readResult(this.tool().result));
}

/** The progress of a tool that counts its steps. */
function readProgress(value: unknown): { step: number; of: number; asking: string } | undefined {
  if (typeof value !== 'object' || value === null || !('step' in value) || !('of' in value)) return undefined;
  return {
    step: Number(value.step),
    of: Number(value.of),
    asking: 'asking' in value ? `Asking ${String(value.asking)}` : '',
  };
}

/** A result as text. JSON is indented. */
function readResult(result: ConversationTool['result']): string {
  const text = textOf(result);
  try {
    return textOf(JSON.parse(text));
  } catch {
    return text; // it is not JSON
  }
}
