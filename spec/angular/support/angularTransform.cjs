// Converts Angular's ES modules to CommonJS, which Jest runs. Angular compiles its templates when they are first used.
const { transformSync } = require('esbuild');

module.exports = {
  process: (source, file) => {
    const options = {
      format: 'cjs',
      target: 'es2016', // without `async` functions, which zone.js cannot follow: Angular's own builds compile them too
      sourcefile: file.replace(/\.mjs$/, '.js'), // the default export of a `.mjs` file would be imported as Node does it
      sourcemap: 'inline',
    };
    return { code: transformSync(source, options).code };
  },
};
