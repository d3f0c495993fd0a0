// Compiles specs and sources for the mutation tester with esbuild: without type checks, which take longer than the specs.
const { transformSync } = require('esbuild');

module.exports = {
  process: (source, file) => {
    const options = { loader: 'ts', format: 'cjs', target: 'node20', sourcefile: file, sourcemap: 'inline' };
    return { code: transformSync(source, options).code };
  },
};
