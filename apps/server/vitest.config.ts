import { defineProject } from 'vitest/config'

export default defineProject({
  test: {
    name: 'server',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A busy machine is no failure: what takes so long will never come.
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/postgres-setup.ts'],
  },
})
