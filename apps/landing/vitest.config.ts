import { defineProject } from 'vitest/config'

export default defineProject({
  test: { name: 'landing', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
})
