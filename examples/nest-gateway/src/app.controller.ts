import { Controller, Get, Inject } from '@nestjs/common';
import type { RunningUsage } from 'rxjs-anthropic';
import { Generations } from './generations.js';
import { User } from './user.js';

@Controller()
export class AppController {
  readonly #generations: Generations;

  constructor(@Inject(Generations) generations: Generations) {
    this.#generations = generations;
  }

  @Get('health')
  health(): { status: string; open: number } {
    return { status: 'ok', open: this.#generations.open };
  }

  /** The tokens of a user's answers so far. */
  @Get('usage')
  usage(@User() user: string): RunningUsage | Record<string, never> {
    return this.#generations.usageOf(user) ?? {};
  }
}
