import { mapCharacters } from './mapCharacters.js';

/** What the parser expects next outside of strings, numbers and keywords. `STATES` describes each state. */
export type State =
  'value' | 'valueOrArrayEnd' | 'key' | 'keyOrObjectEnd' | 'colon' | 'afterItem' | 'afterProperty' | 'end';

/** What the parser does with a character that it accepts. */
export type Action =
  | 'skip'
  | 'startKey'
  | 'startString'
  | 'startNumber'
  | 'startKeyword'
  | 'openArray'
  | 'openObject'
  | 'closeContainer'
  | 'expectKey'
  | 'expectValue';

interface StateRules {
  /** The action for each accepted character. Any other character makes the text invalid. */
  readonly actions: ReadonlyMap<string, Action>;
  /** What can follow, worded to come after "expected" in an error message. */
  readonly description: string;
}

const WHITE_SPACE = [' \t\n\r', 'skip'] as const;
const VALUE_STARTS = [
  ['"', 'startString'],
  ['-0123456789', 'startNumber'],
  ['tfn', 'startKeyword'],
  ['[', 'openArray'],
  ['{', 'openObject'],
] as const;

/** What each state accepts, and its description. */
export const STATES: Readonly<Record<State, StateRules>> = {
  value: createState('a value', ...VALUE_STARTS),
  valueOrArrayEnd: createState("a value or ']'", ...VALUE_STARTS, [']', 'closeContainer']),
  key: createState('a key in double quotes', ['"', 'startKey']),
  keyOrObjectEnd: createState("a key in double quotes or '}'", ['"', 'startKey'], ['}', 'closeContainer']),
  colon: createState("':'", [':', 'expectValue']),
  afterItem: createState("',' or ']'", [',', 'expectValue'], [']', 'closeContainer']),
  afterProperty: createState("',' or '}'", [',', 'expectKey'], ['}', 'closeContainer']),
  end: createState('end of text'),
};

function createState(description: string, ...accepted: (readonly [characters: string, action: Action])[]): StateRules {
  return { actions: mapCharacters<Action>(WHITE_SPACE, ...accepted), description };
}
