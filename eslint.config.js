import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import jest from 'eslint-plugin-jest';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';
import { FOLDERS } from './scripts/folders.js';

const NODE_MODULES = { regex: '^node:', message: 'The package also runs in browsers.' };

/** What a file of a folder must not import: anything from the folders below it, from outside `src`, or from its index. */
function importsBelow(folder) {
  const below = FOLDERS.slice(FOLDERS.indexOf(folder) + 1).join('|');
  return [
    {
      regex: `^(\\.\\./)+(${below || '-'})/`,
      message: `src/${folder} imports only from the folders above it: see docs/architecture.md.`,
    },
    { regex: '^(\\.\\./)+(index|spec|scripts|bench|examples)\\b', message: 'Import the file that declares it.' },
  ];
}

export default defineConfig(
  { ignores: ['**/dist', 'coverage', '**/*.js', '**/*.mjs'] },
  {
    // Angular is not installed here. `ng build` checks the types.
    files: ['examples/angular-chat/src/**/*.ts'],
    extends: [js.configs.recommended, tseslint.configs.strict],
    rules: { '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }] },
  },
  {
    files: ['**/*.ts'],
    ignores: ['examples/angular-chat/src/**'],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
    },
  },
  {
    // Its own tsconfig.json is for when it has been installed.
    files: ['examples/nest-gateway/**/*.ts', 'examples/angular-chat/server/**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, project: './tsconfig.json' } },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [NODE_MODULES] }] },
  },
  ...FOLDERS.map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [NODE_MODULES, ...importsBelow(folder)] }] },
  })),
  {
    files: ['src/node/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: importsBelow('node') }] },
  },
  {
    files: ['src/testing/exchange.ts', 'src/testing/startMessagesServer.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: importsBelow('testing') }] },
  },
  {
    files: ['spec/**/*.spec.ts'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'fc.assert', 'itKeepsTheOperatorContract', 'marbles'] },
      ],
    },
  },
  {
    // Specs and examples read a stream to its end; what it then rejects with is their failure.
    files: ['spec/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'rxjs-x/no-ignored-default-value': 'off', 'rxjs-x/no-ignored-error': 'off' },
  },
  prettier,
);
