// fast-check as the mutation tester runs it: nearly every mutant fails a property within a few runs, and the smallest
// counterexample is of no use.
const { dirname, join } = require('node:path');

// Not by its name, which jest.config.js replaces by this file.
const fc = require(join(dirname(require.resolve('fast-check/package.json')), 'lib/cjs/fast-check.js'));

const MAX_RUNS = 10;

function assert(property, { numRuns = MAX_RUNS, ...options } = {}) {
  return fc.assert(property, { ...options, numRuns: Math.min(numRuns, MAX_RUNS), endOnFailure: true });
}

module.exports = { ...fc, assert, default: { ...fc.default, assert }, __esModule: true };
