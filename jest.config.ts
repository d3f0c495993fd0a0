import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.slow\\.'], // they take from 10 seconds to 4 minutes each: `npm run test:slow`
  testTimeout: 300_000, // what hangs fails; a slow machine does not
  maxWorkers: '100%', // by default, one core has no worker, which is half of a small machine
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/spec/tsconfig.json' }], // types are checked by `tsc`, in `npm run check`
    '^.+\\.mjs$': '<rootDir>/spec/angular/support/angularTransform.cjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!@angular/)'], // Angular has no CommonJS, which Jest runs
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^rxjs-anthropic$': '<rootDir>/src/index.ts',
    '^rxjs-anthropic/([a-z0-9-]+)$': '<rootDir>/src/$1/index.ts',
  },
};

export default config;
