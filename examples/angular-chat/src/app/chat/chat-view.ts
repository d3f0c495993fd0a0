import { afterRenderEffect, Component, computed, input, signal, viewChild, type ElementRef } from '@angular/core';
import type { OpenChat } from '../chats';
import { Icon } from '../ui/icon';
import { Announcer } from './announcer';
import { AssistantTurnView } from './assistant-turn';
import { Composer } from './composer';
import { NoticeBanner } from './notice-banner';
import { noticeOf } from './notices';
import { isBusy } from './status';
import { UserTurnView } from './user-turn';
import { Welcome } from './welcome';

/** How near the end of the transcript counts as its end, in pixels. */
const NEAR_PX = 60;

/** A conversation: its transcript, what has happened to it, and the field for the next message. */
@Component({
  selector: 'app-chat-view',
  imports: [Announcer, AssistantTurnView, Composer, Icon, NoticeBanner, UserTurnView, Welcome],
  templateUrl: './chat-view.html',
  styleUrl: './chat-view.css',
})
export class ChatView {
  readonly chat = input.required<OpenChat>();

  protected readonly state = computed(() => this.chat().state());
  protected readonly notice = computed(() => noticeOf(this.state()));
  protected readonly isBusy = computed(() => isBusy(this.state()));
  /** Whether the model has been asked, and nothing of its next message has arrived. */
  protected readonly isWaiting = computed(() => {
    const last = this.state().turns.at(-1);
    const isNextMessage =
      last?.role === 'user' || (last?.isComplete && last.tools.every(({ result }) => result !== undefined));
    return this.isBusy() && isNextMessage && this.notice() === undefined;
  });
  protected readonly isFollowing = signal(true);

  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly composer = viewChild.required(Composer);

  constructor() {
    afterRenderEffect(() => {
      this.state();
      if (this.isFollowing()) this.scrollToEnd();
    });
  }

  focus(): void {
    this.composer().focus();
  }

  protected send(text: string): void {
    this.isFollowing.set(true);
    this.chat().send(text);
    this.focus();
  }

  /** The button that was pressed disappears, so the focus goes to the field for the next message. */
  protected act(action: 'stop' | 'retry' | 'continue'): void {
    this.isFollowing.set(true);
    this.chat()[action]();
    this.focus();
  }

  protected decide(call: string, isApproved: boolean): void {
    if (isApproved) this.chat().approve(call);
    else this.chat().decline(call, 'The user has declined.');
    this.focus();
  }

  protected follow(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller().nativeElement;
    this.isFollowing.set(scrollHeight - scrollTop - clientHeight < NEAR_PX);
  }

  private scrollToEnd(): void {
    const { nativeElement } = this.scroller();
    nativeElement.scrollTop = nativeElement.scrollHeight;
  }
}
