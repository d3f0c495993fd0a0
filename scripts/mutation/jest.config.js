// Jest as the mutation tester runs it.
export default {
  rootDir: '../..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/scripts/mutation/allSpecs.spec.cjs'],
  transform: { '^.+\\.ts$': '<rootDir>/scripts/mutation/transform.cjs' },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^fast-check$': '<rootDir>/scripts/mutation/fastCheck.cjs',
    '^rxjs-anthropic$': '<rootDir>/src/index.ts',
    '^rxjs-anthropic/([a-z-]+)$': '<rootDir>/src/$1/index.ts',
  },
};
