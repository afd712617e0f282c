import { fileURLToPath } from 'node:url'

/**
 * The environment variable by which a process is known to belong to a run of the tests, however it was started and whoever its
 * parent is by now: `<run>` for the runner's own processes, `<run>:<test file>` for what a test file started.
 */
export const MARK = 'REGISTRATION_TEST_RUN'

export const checkout = fileURLToPath(new URL('../../..', import.meta.url))
