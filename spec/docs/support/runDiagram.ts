import type { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { Diagram } from '../../../scripts/docs/diagram.js';
import { lost } from './diagramEvents.js';

type Values = Readonly<Record<string, unknown>>;

/** What the letters of a diagram stand for, and the operator that it is about. */
export interface DiagramCase {
  /** The values of the row `source`. */
  readonly source?: Values;
  readonly operator?: (source: Observable<never>, helpers: RunHelpers, diagram: Diagram) => Observable<unknown>;
  /** The values of the row `result`: those of the source that it passes on need not be repeated. */
  readonly result?: Values;
  readonly error?: unknown;
  /** For a diagram with other rows. */
  readonly run?: (helpers: RunHelpers, diagram: Diagram) => void;
}

/** Runs what a diagram shows, from its text. */
export function runDiagram(
  { source, operator, result, error, run }: DiagramCase,
  helpers: RunHelpers,
  diagram: Diagram,
): void {
  if (run !== undefined) {
    run(helpers, diagram);
    return;
  }
  const rowOf = (wanted: string) => diagram.sources.find(({ label }) => label === wanted)?.marbles;
  const frames = rowOf('frames');
  if (frames !== undefined) helpers.animate(frames);
  const source$ = helpers.cold(rowOf('source') ?? '', source as Readonly<Record<string, never>>, lost);
  const [expected] = diagram.results;
  helpers
    .expectObservable(operator?.(source$, helpers, diagram) ?? source$)
    .toBe(
      expected?.marbles ?? '',
      source === undefined && result === undefined ? undefined : { ...lettersOf(diagram), ...source, ...result },
      error,
    );
}

/** A letter without another value stands for itself. */
function lettersOf({ sources, results }: Diagram): Values {
  const letters = [...sources, ...results].flatMap(({ marbles: row }) => row.match(/\w/g) ?? []);
  return Object.fromEntries(letters.map((letter) => [letter, letter]));
}
