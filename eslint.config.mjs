import tseslint from 'typescript-eslint'

// Few rules, each for a mistake that costs a user something: a promise nobody awaits, an error thrown away,
// an import that is only a type, a switch that forgets a case.
export default tseslint.config(
  { ignores: ['dist', 'test/.out', '.vscode-test', 'node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      eqeqeq: ['error', 'smart'],
      'no-empty': 'error',
      'prefer-const': 'error',
    },
  },
)
