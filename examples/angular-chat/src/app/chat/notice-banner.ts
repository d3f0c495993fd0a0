import { Component, input, output } from '@angular/core';
import type { ConversationState } from 'rxjs-anthropic';
import { Countdown } from '../ui/countdown';
import { Icon } from '../ui/icon';
import type { Notice } from './notices';

@Component({
  selector: 'app-notice-banner',
  imports: [Countdown, Icon],
  template: `
    <section aria-label="Notice" [class.error]="notice().isError">
      <app-icon [name]="notice().icon" />
      <p>
        {{ notice().text }}
        @if (notice().next; as next) {
          <span class="next">{{ next }} <app-countdown [ms]="state().delayMs ?? 0" [attempt]="state().attempt" /></span>
        }
      </p>
      @if (!notice().next) {
        @if (state().canContinue) {
          <button type="button" class="small" (click)="continued.emit()">Continue</button>
        }
        @if (state().canRetry) {
          <button type="button" class="small" (click)="retried.emit()">Ask again</button>
        }
      }
    </section>
  `,
  styles: `
    section {
      display: flex;
      align-items: center;
      gap: 0.6rem;
      padding: 0.55rem 0.6rem 0.55rem 0.9rem;
      border: 1px solid var(--line);
      border-radius: 14px;
      background: var(--surface);
      font-size: 0.875rem;
      line-height: 1.4;
    }
    section.error {
      border-color: transparent;
      background: var(--bad-soft);
    }
    section.error app-icon {
      color: var(--bad);
    }
    app-icon {
      color: var(--accent);
      font-size: 1.1rem;
    }
    p {
      flex: 1;
      min-width: 0;
      margin: 0;
      overflow-wrap: anywhere;
    }
    .next {
      color: var(--muted);
      font-variant-numeric: tabular-nums;
    }
    @media (max-width: 480px) {
      section {
        flex-wrap: wrap;
      }
      p {
        flex-basis: 70%;
      }
    }
  `,
})
export class NoticeBanner {
  readonly state = input.required<ConversationState>();
  readonly notice = input.required<Notice>();
  readonly retried = output();
  readonly continued = output();
}
