import { defineProject } from 'vitest/config'

export default defineProject({
  test: {
    name: 'local-postgres',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A test starts up to four servers, on machines that do other things too.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
