import { testProject } from '@registration/test-harness/project'

export default testProject({ name: 'bench' })
