import { fileURLToPath } from 'node:url'
import { defineProject, type UserWorkspaceConfig } from 'vitest/config'
import { EVENT_LIMIT_MS, TEST_LIMIT_MS } from './limits.ts'

type TestOptions = NonNullable<UserWorkspaceConfig['test']>

/** A package's Vitest project: its tests lie beside the source and under `test/`. What `options` name replaces the defaults. */
export function testProject(options: TestOptions & { name: string }, vite: Omit<UserWorkspaceConfig, 'test'> = {}) {
  return defineProject({
    ...vite,
    test: {
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      testTimeout: TEST_LIMIT_MS,
      hookTimeout: TEST_LIMIT_MS,
      expect: { poll: { timeout: EVENT_LIMIT_MS } },
      ...options,
      setupFiles: [
        fileURLToPath(new URL('./end-left-behind.ts', import.meta.url)),
        ...[options.setupFiles ?? []].flat(),
      ],
    },
  })
}
