import { Component, effect, input, signal } from '@angular/core';

/** Counts seconds down: `in 3 s`. */
@Component({
  selector: 'app-countdown',
  template: `{{ seconds() > 0 ? 'in ' + seconds() + ' s' : 'now' }}`,
})
export class Countdown {
  /** How long it takes, in ms, from when the attempt was announced. */
  readonly ms = input.required<number>();
  readonly attempt = input.required<number>();

  protected readonly seconds = signal(0);

  constructor() {
    effect((onCleanup) => {
      this.attempt();
      const end = performance.now() + this.ms();
      const update = () => this.seconds.set(Math.max(0, Math.ceil((end - performance.now()) / 1000)));
      update();
      const timer = setInterval(update, 250);
      onCleanup(() => clearInterval(timer));
    });
  }
}
