import {
  afterNextRender,
  Component,
  inject,
  Injector,
  input,
  output,
  signal,
  viewChild,
  type ElementRef,
} from '@angular/core';
import type { UserTurn } from 'rxjs-anthropic';
import { Icon } from '../ui/icon';

@Component({
  selector: 'app-user-turn',
  imports: [Icon],
  template: `
    @if (isEditing()) {
      <form (submit)="save($event)" (keydown.escape)="cancel($event)">
        <textarea
          #field
          aria-label="Edit your message"
          rows="2"
          [value]="turn().text"
          (keydown.enter)="saveOnEnter($event)"
        ></textarea>
        <div class="buttons">
          <button type="button" (click)="cancel($event)">Cancel</button>
          <button type="submit" class="primary">Send again</button>
        </div>
      </form>
    } @else {
      <p>{{ turn().text }}</p>
      @if (canEdit()) {
        <button type="button" class="quiet small edit" (click)="edit()" aria-label="Edit message">
          <app-icon name="edit" />
        </button>
      }
    }
  `,
  styles: `
    :host {
      display: flex;
      flex-direction: row-reverse;
      align-items: flex-end;
      gap: 0.25rem;
    }
    p {
      max-width: min(85%, 34rem);
      margin: 0;
      padding: 0.65rem 1rem;
      border-radius: 18px 18px 5px 18px;
      background: var(--bubble);
      overflow-wrap: anywhere;
      white-space: pre-wrap;
    }
    .edit {
      opacity: 0;
    }
    :host(:hover) .edit,
    .edit:focus-visible {
      opacity: 1;
    }
    @media (hover: none) {
      .edit {
        opacity: 1;
      }
    }
    form {
      width: 100%;
      padding: 0.75rem;
      border: 1px solid var(--line);
      border-radius: 16px;
      background: var(--surface);
    }
    textarea {
      width: 100%;
      border: 0;
      background: none;
      color: inherit;
      font: inherit;
      line-height: inherit;
      resize: none;
      field-sizing: content;
    }
    textarea:focus {
      outline: none;
    }
    form:focus-within {
      border-color: var(--accent);
    }
    .buttons {
      display: flex;
      justify-content: flex-end;
      gap: 0.5rem;
      margin-top: 0.5rem;
    }
  `,
})
export class UserTurnView {
  readonly turn = input.required<UserTurn>();
  readonly canEdit = input(false);
  /** The new text of the message. */
  readonly edited = output<string>();
  /** Editing has ended, so that the focus has to go elsewhere. */
  readonly closed = output();

  protected readonly isEditing = signal(false);
  private readonly field = viewChild<ElementRef<HTMLTextAreaElement>>('field');
  private readonly injector = inject(Injector);

  protected edit(): void {
    this.isEditing.set(true);
    afterNextRender(() => this.field()?.nativeElement.focus(), { injector: this.injector });
  }

  protected saveOnEnter(event: Event): void {
    if (!(event instanceof KeyboardEvent) || event.shiftKey || event.isComposing) return;
    this.save(event);
  }

  protected save(event: Event): void {
    event.preventDefault();
    const text = this.field()?.nativeElement.value.trim();
    if (!text) return;
    this.isEditing.set(false);
    this.edited.emit(text);
    this.closed.emit();
  }

  protected cancel(event: Event): void {
    event.stopPropagation();
    this.isEditing.set(false);
    this.closed.emit();
  }
}
