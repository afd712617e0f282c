import { fileURLToPath } from 'node:url'

/**
 * The environment variable that marks the processes of a test run. Children inherit it, and keep it when they become orphans. Its value is
 * `<run>` for the runner's own processes, and `<run>:<test file>` for those that a test file started. A run that a test starts adds its
 * own behind a comma, so that its processes belong to both.
 */
export const MARK = 'REGISTRATION_TEST_RUN'

export const checkout = fileURLToPath(new URL('../../..', import.meta.url))

export interface RunMark {
  run: string
  file: string | undefined
}

/** Reads a value of MARK: the outermost run comes first. */
export function parseMarks(value = ''): RunMark[] {
  return value
    .split(',')
    .filter((mark) => mark !== '')
    .map((mark) => {
      const [run = '', file] = mark.split(':')
      return { run, file }
    })
}
