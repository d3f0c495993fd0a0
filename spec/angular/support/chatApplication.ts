import { Component, inject } from '@angular/core';
import { httpFetch, injectConversation } from '../../../src/angular/index.js';
import { fromResponse } from '../../../src/index.js';
import { SERVICE } from './answerApplication.js';

/** A conversation over `HttpClient`. Its buttons are its only code. */
@Component({
  selector: 'app-root',
  template: `
    @for (turn of chat.turns(); track turn.id) {
      <p>{{ turn.role }}: {{ turn.text }}</p>
    }
    <i>{{ chat.status() }}</i>
    <button id="send" (click)="chat.send('Hi')">Send</button>
    <button id="stop" (click)="chat.stop()">Stop</button>
    <button id="retry" (click)="chat.retry()">Retry</button>
  `,
})
export class ChatApplication {
  readonly #url = `${inject(SERVICE)}/v1/messages`;
  readonly #fetch = httpFetch();
  readonly chat = injectConversation({
    request: ({ messages }) =>
      fromResponse((signal) =>
        this.#fetch(this.#url, { method: 'POST', body: JSON.stringify({ stream: true, messages }), signal }),
      ),
  });
}
