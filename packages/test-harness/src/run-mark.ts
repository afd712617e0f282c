import { fileURLToPath } from 'node:url'

/**
 * The environment variable that marks the processes of a test run. Children inherit it, and keep it when they become orphans. Its value is
 * `<run>` for the runner's own processes, and `<run>:<test file>` for those that a test file started.
 */
export const MARK = 'REGISTRATION_TEST_RUN'

export const checkout = fileURLToPath(new URL('../../..', import.meta.url))
