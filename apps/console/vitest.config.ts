import { defineProject } from 'vitest/config'

export default defineProject({
  test: {
    name: 'console',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A browser, a database and a server are started first.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
