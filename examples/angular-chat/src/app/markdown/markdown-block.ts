import { Component, computed, input } from '@angular/core';
import { isCode, renderBlock, type Block } from './blocks';
import { CodeBlock } from './code-block';

@Component({
  selector: 'app-markdown-block',
  imports: [CodeBlock],
  template: `
    @let token = block().token;
    @if (isCode(token)) {
      <app-code-block [code]="token.text" [language]="token.lang ?? ''" />
    } @else {
      <div class="prose" [class.open]="isOpen()" [innerHTML]="html()"></div>
    }
  `,
})
export class MarkdownBlock {
  readonly block = input.required<Block>();
  readonly isOpen = input(false);

  protected readonly isCode = isCode;
  /** Angular sanitizes it again when it is bound. */
  protected readonly html = computed(() => renderBlock(this.block(), this.isOpen()));
}
