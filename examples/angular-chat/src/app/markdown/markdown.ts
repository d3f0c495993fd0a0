import { Component, input, linkedSignal } from '@angular/core';
import { growDocument, type Document } from './blocks';
import { MarkdownBlock } from './markdown-block';

/** Markdown that is being written. A block that is finished is not rendered again. */
@Component({
  selector: 'app-markdown',
  imports: [MarkdownBlock],
  template: `
    @for (block of document().blocks; track $index) {
      <app-markdown-block [block]="block" [isOpen]="isOpen() && $last" />
    }
  `,
})
export class Markdown {
  readonly text = input.required<string>();
  /** Whether the text can still grow. */
  readonly isOpen = input(false);

  protected readonly document = linkedSignal<string, Document>({
    source: this.text,
    computation: (text, previous) => growDocument(previous?.value, text),
  });
}
