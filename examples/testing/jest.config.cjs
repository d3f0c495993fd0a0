// In a project of your own, `preset: 'ts-jest'` is enough. Here, the imports lead to the sources of this repository.
module.exports = {
  rootDir: '../..',
  testMatch: ['<rootDir>/examples/testing/*.jest.spec.ts'],
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/spec/tsconfig.json', diagnostics: false, isolatedModules: true }],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^rxjs-anthropic$': '<rootDir>/src/index.ts',
    '^rxjs-anthropic/testing$': '<rootDir>/src/testing/index.ts',
  },
};
