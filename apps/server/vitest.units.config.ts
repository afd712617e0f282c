import { testProject } from '@registration/test-harness/project'

/** The tests beside the sources: pure, so they share workers (40 % of the CPU time of one for each file) and need no database. */
export default testProject({ name: 'server units', include: ['src/**/*.test.ts'], isolate: false })
