// All specs of a folder as one file: Jest loads the sources and the test libraries once for a mutant, instead of once for each
// spec file, which took longer than the tests. MUTATION_SPECS has the paths in `spec`, separated by spaces.

/** Tests that take from 1 to 12 seconds, and would run for nearly every mutant. Faster ones of the same files find the same mutants. */
const SLOW = [
  'is complete exactly if JSON.parse accepts it',
  'accepts a text of the greatest length and no longer',
  'show what was certain when they were read',
  'shows every level of the deepest value while it is open',
  'keeps what was read before the limit of length',
  'do not overflow the stack if the source always fails synchronously',
  'emit all events of the first one that succeeds, after any number of failures',
  'takes for a Chinese or Japanese character exactly',
  'takes for white space exactly',
  'ends pieces at the marks of every script in Unicode',
  'emits as few events to a late subscriber as there are blocks',
];

const run = globalThis.it;
globalThis.it = Object.assign(
  (name, ...rest) => (SLOW.some((slow) => name.includes(slow)) ? run.skip(name, ...rest) : run(name, ...rest)),
  run,
);

for (const file of process.env.MUTATION_SPECS.split(' ')) {
  describe(file, () => {
    require(`../../spec/${file}`);
  });
}
