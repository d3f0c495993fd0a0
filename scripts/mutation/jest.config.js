// Jest as the mutation tester runs it. MUTATION_SPECS has the folders and files of `spec` to run, separated by spaces.
export default {
  rootDir: '../..',
  testEnvironment: 'node',
  testMatch: process.env.MUTATION_SPECS.split(' ').map((specs) => `<rootDir>/spec/${specs}.spec.ts`),
  transform: { '^.+\\.ts$': '<rootDir>/scripts/mutation/transform.cjs' },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^fast-check$': '<rootDir>/scripts/mutation/fastCheck.cjs',
    '^rxjs-anthropic$': '<rootDir>/src/index.ts',
    '^rxjs-anthropic/relay$': '<rootDir>/src/relay/index.ts',
    '^rxjs-anthropic/redis$': '<rootDir>/src/redis/index.ts',
    '^rxjs-anthropic/testing$': '<rootDir>/src/testing/index.ts',
  },
};
