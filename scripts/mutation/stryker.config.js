// Mutates the files of `src` in MUTATION_SOURCES, whose paths are separated by spaces: see scripts/mutation.ts.
const { MUTATION_PART = 'part', MUTATION_SOURCES = '' } = process.env;

export default {
  mutate: MUTATION_SOURCES.split(' ').map((file) => `src/${file}`),
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: { configFile: 'scripts/mutation/jest.config.js', enableFindRelatedTests: false },
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  timeoutMS: 10_000,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  jsonReporter: { fileName: `reports/mutation/${MUTATION_PART.replace('/', '-')}.json` },
  tempDirName: 'reports/mutation/.sandbox',
  // What the specs of these files don't read is not copied.
  ignorePatterns: ['dist', 'bench', 'examples', 'reports'],
};
