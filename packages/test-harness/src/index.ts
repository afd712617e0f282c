export { childEnvironment } from './child-environment.ts'
export { ensureBuilt } from './ensure-built.ts'
export { eventually } from './eventually.ts'
