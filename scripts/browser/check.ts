import type { Stage } from './stage.js';

/** Something that a user can rely on, and the steps that show it. */
export interface Check {
  readonly name: string;
  run(stage: Stage): Promise<void>;
}
