import { readFileSync } from 'node:fs'
import { testProject } from '@registration/test-harness/project'

export default testProject(
  {
    name: 'scripts',
    include: ['**/*.test.ts'],
    // It imports JSON as a bundler would, which Node refuses.
    server: { deps: { inline: ['@actions/workflow-parser'] } },
  },
  {
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
  },
)
