import { defineProject } from 'vitest/config'

export default defineProject({
  test: { name: 'local-postgres', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
})
