import { join } from 'node:path'
import { checkout, MARK } from './run-mark.ts'

/**
 * The variables for a child process that must not inherit the test's whole environment: the path to programs, the mark by which the
 * process is found and ended, and the cache without which each start compiles everything again (up to a second of CPU time).
 */
export function childEnvironment(): Record<string, string> {
  const { PATH = '', [MARK]: mark } = process.env
  return {
    PATH,
    NODE_COMPILE_CACHE: join(checkout, 'node_modules/.cache/compiled'),
    ...(mark === undefined ? {} : { [MARK]: mark }),
  }
}
