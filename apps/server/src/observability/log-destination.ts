import { writeSync } from 'node:fs'

/** Where log lines go: written at once, so that none is lost when the process ends, and dropped where they can't be. */
export interface LogDestination {
  write(line: string): void
  /** Lines that could not be written so far. */
  readonly dropped: number
}

/** For a reader of a pipe that is busy for a moment. */
const PATIENCE_MS = 50

/**
 * A full disk must not stop the server, nor a reader of its pipe that has: a line that can't be written is counted, and the
 * next one that can be is preceded by one that says how many are missing. pino's own destination tries again for ever.
 *
 * @param write of the file descriptor; Node's own by default
 */
export function createLogDestination(
  fd: number,
  write: (fd: number, bytes: Buffer) => number = writeSync,
): LogDestination {
  let dropped = 0
  let unreported = 0
  /** Whether the last line was written in part. */
  let isTorn = false

  /** Says whether all of it was written. */
  function writeAll(text: string): boolean {
    let rest = Buffer.from(isTorn ? `\n${text}` : text)
    const whole = rest.length
    // Once there was no patience left for the reader, it is asked without any until it reads again.
    const until = performance.now() + (unreported > 0 ? 0 : PATIENCE_MS)
    while (rest.length > 0) {
      try {
        rest = rest.subarray(write(fd, rest))
      } catch (error) {
        const isBusy = (error as NodeJS.ErrnoException).code === 'EAGAIN' && performance.now() < until
        if (!isBusy) {
          isTorn ||= rest.length < whole
          return false
        }
        Atomics.wait(PAUSE, 0, 0, 1)
      }
    }
    isTorn = false
    return true
  }

  return {
    get dropped() {
      return dropped
    },
    write(line) {
      const missing =
        unreported > 0 ? `${JSON.stringify({ level: 50, time: Date.now(), dropped: unreported, msg: MISSING })}\n` : ''
      if (writeAll(missing + line)) {
        unreported = 0
        return
      }
      dropped++
      unreported++
    },
  }
}

const MISSING = 'lines of the log could not be written, and are missing here'
const PAUSE = new Int32Array(new SharedArrayBuffer(4))
