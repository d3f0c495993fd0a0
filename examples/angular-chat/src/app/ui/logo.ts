import { Component } from '@angular/core';

@Component({
  selector: 'app-logo',
  template: `
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <g fill="none" stroke="var(--on-accent)" stroke-width="2.6" stroke-linecap="round">
        <path d="M6 12.5c3.3-3 6.7-3 10 0s6.7 3 10 0" />
        <path d="M6 20.5c3.3-3 6.7-3 10 0s6.7 3 10 0" opacity=".6" />
      </g>
    </svg>
  `,
  styles: `
    :host {
      display: inline-flex;
      flex: none;
    }
    svg {
      width: 1em;
      height: 1em;
    }
  `,
})
export class Logo {}
