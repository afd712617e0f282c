import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: [fileURLToPath(new URL('packages/test-harness/src/reap-after-run.ts', import.meta.url))],
    // It ends a runner that hangs, which a busy machine takes longer than the default of 10 s to tell from one that stops.
    teardownTimeout: 120_000,
    projects: [
      'packages/*/vitest.config.ts',
      'apps/*/vitest.config.ts',
      'apps/server/vitest.units.config.ts',
      'scripts/vitest.config.ts',
      'bench/vitest.config.ts',
    ],
  },
})
