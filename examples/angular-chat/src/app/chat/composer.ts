import { Component, input, model, output, viewChild, type ElementRef } from '@angular/core';
import { Icon } from '../ui/icon';

@Component({
  selector: 'app-composer',
  imports: [Icon],
  template: `
    <form (submit)="send($event)">
      <textarea
        #field
        rows="1"
        aria-label="Message"
        aria-describedby="composer-hint"
        placeholder="Ask anything"
        enterkeyhint="send"
        [value]="draft()"
        (input)="draft.set(field.value)"
        (keydown.enter)="sendOnEnter($event)"
      ></textarea>
      @if (isBusy()) {
        <button type="button" class="round" (click)="stopped.emit()" aria-label="Stop"><app-icon name="stop" /></button>
      } @else {
        <button type="submit" class="round" [disabled]="draft().trim() === ''" aria-label="Send">
          <app-icon name="send" />
        </button>
      }
    </form>
    <p id="composer-hint"><kbd>Enter</kbd> sends, <kbd>Shift Enter</kbd> starts a new line, <kbd>Esc</kbd> stops</p>
  `,
  styleUrl: './composer.css',
})
export class Composer {
  readonly draft = model.required<string>();
  /** Whether an answer is being written. It can be stopped, and the next message can be prepared meanwhile. */
  readonly isBusy = input(false);
  readonly sent = output<string>();
  readonly stopped = output();

  private readonly field = viewChild.required<ElementRef<HTMLTextAreaElement>>('field');

  focus(): void {
    this.field().nativeElement.focus({ preventScroll: true });
  }

  protected sendOnEnter(event: Event): void {
    if (event instanceof KeyboardEvent && !event.shiftKey && !event.isComposing) this.send(event);
  }

  protected send(event: Event): void {
    event.preventDefault();
    const text = this.draft().trim();
    if (text === '' || this.isBusy()) return;
    this.draft.set('');
    this.sent.emit(text);
  }
}
