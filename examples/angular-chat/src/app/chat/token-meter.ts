import { Component, computed, input } from '@angular/core';
import type { ConversationState } from 'rxjs-anthropic';

const NUMBER = new Intl.NumberFormat('en');

/** How many tokens the conversation has used, as the API counts them. */
@Component({
  selector: 'app-token-meter',
  template: `
    @if (usage(); as usage) {
      <span role="img" [attr.aria-label]="usage.read + ' tokens read, ' + usage.written + ' written'">
        <span>↑ {{ usage.read }}</span> <span>↓ {{ usage.written }}</span> <span class="unit">tokens</span>
      </span>
    }
  `,
  styles: `
    :host {
      color: var(--muted);
      font-size: 0.75rem;
      font-variant-numeric: tabular-nums;
      white-space: nowrap;
    }
    span > span {
      margin-left: 0.4rem;
    }
    @media (max-width: 480px) {
      .unit {
        display: none;
      }
    }
  `,
})
export class TokenMeter {
  readonly state = input.required<ConversationState>();

  protected readonly usage = computed(() => {
    const { usage } = this.state();
    if (usage === undefined) return undefined;
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = usage;
    const read = input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0);
    return { read: NUMBER.format(read), written: NUMBER.format(output_tokens) };
  });
}
