import { writeSync } from 'node:fs'

/** Where log lines go: written at once, kept for a while where the reader is busy, and dropped where they can't be written. */
export interface LogDestination {
  write(line: string): void
  /** Lines that could not be written so far. */
  readonly dropped: number
  /** Writes what is kept, for a second at most: the process ends. */
  end(): void
}

/** What a reader that is busy may owe: some ten thousand lines. */
const MOST_KEPT_BYTES = 8 * 1024 * 1024
const AGAIN_AFTER_MS = 10
const END_WITHIN_MS = 1_000

/**
 * A full disk must not stop the server, nor the reader of a pipe that has stopped: lines that can't be written are counted,
 * and the next one that can be is preceded by one that says how many are missing. pino's own destination tries again for
 * ever, and nothing else happens meanwhile.
 *
 * @param fd where it is a pipe, it has to be one that doesn't block
 * @param write of the file descriptor; Node's own by default
 */
export function createLogDestination(
  fd: number,
  write: (fd: number, bytes: Buffer) => number = writeSync,
): LogDestination {
  let kept: Buffer[] = []
  let keptBytes = 0
  let dropped = 0
  let unreported = 0
  /** Whether the last line was written in part. */
  let isTorn = false
  let isWaiting = false

  /** @returns what is left where the reader is busy, or `failed` */
  function writeMost(bytes: Buffer): Buffer | 'failed' {
    let rest = bytes
    try {
      while (rest.length > 0) rest = rest.subarray(write(fd, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return rest
      isTorn ||= rest.length < bytes.length
      return 'failed'
    }
    return rest
  }

  function drop(lines: number): void {
    dropped += lines
    unreported += lines
  }

  function keep(bytes: Buffer): void {
    if (keptBytes + bytes.length > MOST_KEPT_BYTES) {
      drop(1)
      return
    }
    kept.push(bytes)
    keptBytes += bytes.length
    if (isWaiting) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      flush()
    }, AGAIN_AFTER_MS).unref()
  }

  function flush(): void {
    const due = kept
    kept = []
    keptBytes = 0
    for (const bytes of due) put(bytes)
  }

  function put(bytes: Buffer): void {
    const rest = keptBytes > 0 ? bytes : writeMost(bytes)
    if (rest === 'failed') drop(1)
    else if (rest.length > 0) keep(rest)
  }

  /** By a line of its own, since there may be room for it and for no more. @returns whether there was room */
  function reportMissing(): boolean {
    const [droppedBefore, missing] = [dropped, unreported]
    const line = { level: 50, time: Date.now(), dropped: missing, msg: MISSING }
    put(Buffer.from(`${isTorn ? '\n' : ''}${JSON.stringify(line)}\n`))
    const isReported = dropped === droppedBefore
    if (isReported) isTorn = false
    // What could not be said is no line that is missing.
    dropped = droppedBefore
    unreported = isReported ? 0 : missing
    return isReported
  }

  return {
    get dropped() {
      return dropped
    },
    write(line) {
      if (unreported === 0 || reportMissing()) put(Buffer.from(line))
      else drop(1)
    },
    end() {
      const until = performance.now() + END_WITHIN_MS
      for (flush(); keptBytes > 0 && performance.now() < until; flush()) Atomics.wait(PAUSE, 0, 0, AGAIN_AFTER_MS)
    },
  }
}

const MISSING = 'lines of the log could not be written, and are missing here'
const PAUSE = new Int32Array(new SharedArrayBuffer(4))
