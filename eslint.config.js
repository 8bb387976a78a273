import tseslint from 'typescript-eslint';

const NOT_DETERMINISTIC =
  'domain/ must give the same answer on every machine: take time as an input, sort by plain <, use integers.';

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '**/*.mjs', '*.js', '*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'Date',
          'performance',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'queueMicrotask',
          'process',
          'Promise',
        ].map((name) => ({
          name,
          message: NOT_DETERMINISTIC,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: NOT_DETERMINISTIC },
        { property: 'localeCompare', message: NOT_DETERMINISTIC },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'AwaitExpression, FunctionDeclaration[async=true]', message: NOT_DETERMINISTIC },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    ignores: ['src/clock.ts', 'src/cli/**', 'src/domain/**', 'src/sdk/page-clock.ts', 'src/example/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
          name,
          message: 'Only src/clock.ts reads clocks and sets timers.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Only src/clock.ts reads the wall clock.' },
      ],
    },
  },
  {
    files: ['src/listening-app.ts'],
    // Nest declares its bag of options as a class that cannot be constructed from outside.
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
);
