import { fileURLToPath } from 'node:url'
import { testProject } from '@registration/test-harness/project'

export default testProject(
  { name: 'sdk' },
  { resolve: { alias: { '@registration/sdk': fileURLToPath(new URL('src/index.ts', import.meta.url)) } } },
)
