import { Component, computed, input, output } from '@angular/core';
import type { AssistantTurn, ConversationTool } from 'rxjs-anthropic';
import { Markdown } from '../markdown/markdown';
import { CopyButton } from '../ui/copy-button';
import { Thinking } from './thinking';
import { ToolCard } from './tool-card';

/** A part of a message that is shown on its own. */
type Part =
  | { readonly kind: 'text' | 'thinking'; readonly text: string }
  | { readonly kind: 'tool'; readonly tool: ConversationTool };

@Component({
  selector: 'app-assistant-turn',
  imports: [CopyButton, Markdown, Thinking, ToolCard],
  template: `
    @for (part of parts(); track $index) {
      @switch (part.kind) {
        @case ('thinking') {
          <app-thinking [text]="part.text" [isOpen]="isLive() && $last" />
        }
        @case ('text') {
          <app-markdown [text]="part.text" [isOpen]="isLive() && $last" />
        }
        @case ('tool') {
          <app-tool-card
            [tool]="part.tool"
            (approved)="approved.emit(part.tool.id)"
            (declined)="declined.emit(part.tool.id)"
          />
        }
      }
    }
    @if (turn().isComplete && turn().text && turn().tools.length === 0) {
      <app-copy-button class="copy" [text]="turn().text" label="Copy answer" />
    }
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    .copy {
      display: block;
      margin-top: 0.4rem;
      margin-left: -0.5rem;
    }
  `,
})
export class AssistantTurnView {
  readonly turn = input.required<AssistantTurn>();
  /** Whether the model is writing it. */
  readonly isLive = input(false);
  readonly approved = output<string>();
  readonly declined = output<string>();

  protected readonly parts = computed(() => partsOf(this.turn()));
}

function partsOf({ message, tools }: AssistantTurn): readonly Part[] {
  return message.content.flatMap((block, index): Part[] => {
    if (block.type === 'text') return [{ kind: 'text', text: block.text }];
    if (block.type === 'thinking') return [{ kind: 'thinking', text: block.thinking }];
    const tool = tools.find((each) => each.index === index);
    return tool === undefined ? [] : [{ kind: 'tool', tool }];
  });
}
