// Mutates one folder of `src`, which MUTATION_FOLDER names: see scripts/mutation.ts.
const folder = process.env.MUTATION_FOLDER;

export default {
  mutate: [`src/${folder}/**/*.ts`],
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: { configFile: 'scripts/mutation/jest.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  timeoutMS: 10_000,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  jsonReporter: { fileName: `reports/mutation/${folder}.json` },
  tempDirName: 'reports/mutation/.sandbox',
  // What the specs of these folders don't read is not copied.
  ignorePatterns: ['dist', 'bench', 'docs', 'examples', 'reports'],
};
