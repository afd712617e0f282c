import { defineProject } from 'vitest/config'

export default defineProject({
  test: { name: 'partner-sandbox', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
})
