/** What the packed package is tried with. Versions are exact, so that the table in docs/compatibility.md says what was run. */

/** Versions of the packages that are installed with it. */
export interface Dependencies {
  readonly rxjs: string;
  readonly zod: string;
  readonly 'eventsource-parser': string;
}

/** The newest versions. The last eventsource-parser that CommonJS programs can load in every supported Node is 3. */
export const NEWEST: Dependencies = { rxjs: '7.8.2', zod: '4.6.7', 'eventsource-parser': '3.1.1' };

/** The oldest versions that the ranges in package.json accept. */
export const OLDEST: Dependencies = { rxjs: '7.8.0', zod: '4.0.0', 'eventsource-parser': '3.1.0' };

/** The versions of Node, besides the one that runs this script. Each is a download of 190 MB. */
export const NODES = ['22.23.3', '24.21.0', '26.10.0'];
export const BUN = '1.4.5';
export const DENO = '2.9.5';
export const MINIFLARE = '4.20260426.0';

export interface Compiler {
  /** The version of TypeScript. */
  readonly version: string;
  /** The options that it needs. Without `--ignoreConfig`, newer ones look for the tsconfig.json of this project. */
  readonly options: readonly string[];
  /** The options that its `node10` needs; undefined if it has no `node10`. */
  readonly node10: readonly string[] | undefined;
}

export const COMPILERS: readonly Compiler[] = [
  { version: '5.4.5', options: [], node10: [] },
  { version: '5.9.3', options: [], node10: [] },
  { version: '6.0.3', options: ['--ignoreConfig'], node10: ['--ignoreDeprecations', '6.0'] },
  { version: '7.0.2', options: ['--ignoreConfig'], node10: undefined },
];

/** What `--quick` leaves out: everything but the newest and the oldest. */
export const QUICK = {
  nodes: NODES.slice(-1),
  compilers: [COMPILERS[0], COMPILERS[3]].filter((one) => one !== undefined),
};
