import { Component, inject, InjectionToken, signal } from '@angular/core';
import { messageResource } from '../../../src/angular/index.js';
import { fromResponse } from '../../../src/index.js';

/** The address of the service. */
export const SERVICE = new InjectionToken<string>('SERVICE');

/** Asks as soon as there is a question, and shows the answer: no zone is entered, and no change is marked, by hand. */
@Component({
  selector: 'app-root',
  template: `
    @let state = answer.state();
    <p>{{ state.status }}: {{ state.text }}</p>
    @if (state.status === 'error') {
      <b>{{ state.error.name }}</b>
    }
  `,
})
export class AnswerApplication {
  readonly #service = inject(SERVICE);
  readonly question = signal<string | undefined>('Hello?');
  readonly answer = messageResource({
    params: this.question,
    stream: ({ params: content }) =>
      fromResponse((signal) =>
        fetch(`${this.#service}/v1/messages`, {
          method: 'POST',
          body: JSON.stringify({ stream: true, messages: [{ role: 'user', content }] }),
          signal,
        }),
      ),
  });
}
