import { defineProject } from 'vitest/config'

export default defineProject({
  test: {
    name: 'partner-sandbox',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A thousand calls at once and 64 MiB of JSON take their time where other tests run beside them.
    testTimeout: 30_000,
  },
})
