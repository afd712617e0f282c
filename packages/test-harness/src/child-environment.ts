import { join } from 'node:path'
import { checkout, MARK } from './run-mark.ts'

/**
 * What every process that a test starts needs, where it is not to have the test's whole environment: the way to programs, the mark
 * by which it is found and ended, and the cache without which each start compiles everything anew (up to a second of CPU time).
 */
export function childEnvironment(): Record<string, string> {
  const { PATH = '', [MARK]: mark } = process.env
  return {
    PATH,
    NODE_COMPILE_CACHE: join(checkout, 'node_modules/.cache/compiled'),
    ...(mark === undefined ? {} : { [MARK]: mark }),
  }
}
