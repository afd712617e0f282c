import { fileURLToPath } from 'node:url'
import { defineProject } from 'vitest/config'

export default defineProject({
  resolve: { alias: { '@registration/sdk': fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
  test: {
    name: 'sdk',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Compilers and package managers take their time on a busy machine.
    testTimeout: 120_000,
  },
})
