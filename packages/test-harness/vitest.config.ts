import { testProject } from './src/test-project.ts'

export default testProject({ name: 'test-harness' })
