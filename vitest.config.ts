import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Most tests wait for processes, clocks and each other rather than for a core.
    maxWorkers: 3,
    projects: [
      'packages/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      'scripts/vitest.config.ts',
      'bench/vitest.config.ts',
    ],
  },
})
