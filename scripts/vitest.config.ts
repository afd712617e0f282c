import { readFileSync } from 'node:fs'
import { defineProject } from 'vitest/config'

export default defineProject({
  plugins: [
    {
      // It ships the addresses of source maps, and no source maps: vite would say so file by file.
      name: 'workflow-parser-without-source-maps',
      enforce: 'pre',
      load: (id) =>
        id.includes('/@actions/workflow-parser/dist/') && id.endsWith('.js')
          ? readFileSync(id, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
          : undefined,
    },
  ],
  test: {
    name: 'scripts',
    include: ['**/*.test.ts'],
    testTimeout: 120_000,
    // It imports JSON as a bundler would, which Node refuses.
    server: { deps: { inline: ['@actions/workflow-parser'] } },
  },
})
