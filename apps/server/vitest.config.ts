import { testProject } from '@registration/test-harness/project'

export default testProject({
  name: 'server',
  include: ['test/**/*.test.ts'],
  globalSetup: ['test/support/postgres-setup.ts'],
})
