// A project of your own needs no configuration. Here, the imports lead to the sources of this repository.
import { fileURLToPath } from 'node:url';

const source = (path) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

export default {
  test: { include: ['*.vitest.spec.ts'] },
  resolve: {
    alias: [
      { find: /^rxjs-anthropic$/, replacement: source('index.ts') },
      { find: /^rxjs-anthropic\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
};
