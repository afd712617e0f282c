import { defineProject } from 'vitest/config'

export default defineProject({
  test: {
    name: 'bench',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // It starts databases and servers by the half-dozen, on machines that do other things too.
    testTimeout: 240_000,
  },
})
