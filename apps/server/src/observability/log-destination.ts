import { writeSync } from 'node:fs'

/** Writes log lines: at once if possible, later if the pipe's reader is busy. Lines that can't be written are dropped. */
export interface LogDestination {
  write(line: string): void
  /** Lines dropped so far. */
  readonly dropped: number
  /** Writes the buffered lines before the process exits, for at most one second. */
  end(): void
}

/** Buffer for a busy reader: some ten thousand lines. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024
const RETRY_AFTER_MS = 10
const END_WITHIN_MS = 1_000

/**
 * Creates a destination that a full disk or a stopped reader can't block. Dropped lines are counted, and a line before the
 * next written one says how many are missing. pino's own destination retries without a limit and blocks the process
 * meanwhile.
 *
 * @param fd the file descriptor; a pipe must be non-blocking
 * @param write writes to the file descriptor; Node's `writeSync` by default
 */
export function createLogDestination(
  fd: number,
  write: (fd: number, bytes: Buffer) => number = writeSync,
): LogDestination {
  let buffered: Buffer[] = []
  let bufferedBytes = 0
  let dropped = 0
  let unreported = 0
  /** Whether the last line was written only partially. */
  let isTorn = false
  let isWaiting = false

  /** @returns the bytes that a busy reader left over, or `failed` */
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

  function buffer(bytes: Buffer): void {
    if (bufferedBytes + bytes.length > MAX_BUFFERED_BYTES) {
      drop(1)
      return
    }
    buffered.push(bytes)
    bufferedBytes += bytes.length
    if (isWaiting) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      flush()
    }, RETRY_AFTER_MS).unref()
  }

  function flush(): void {
    const due = buffered
    buffered = []
    bufferedBytes = 0
    for (const bytes of due) writeOrBuffer(bytes)
  }

  function writeOrBuffer(bytes: Buffer): void {
    const rest = bufferedBytes > 0 ? bytes : writeMost(bytes)
    if (rest === 'failed') drop(1)
    else if (rest.length > 0) buffer(rest)
  }

  /** Writes the number of missing lines, as a separate line, since a longer one may not fit. @returns whether it was written */
  function reportMissing(): boolean {
    const [droppedBefore, missing] = [dropped, unreported]
    const line = { level: 50, time: Date.now(), dropped: missing, msg: MISSING }
    writeOrBuffer(Buffer.from(`${isTorn ? '\n' : ''}${JSON.stringify(line)}\n`))
    const isReported = dropped === droppedBefore
    if (isReported) isTorn = false
    // A report that could not be written doesn't count as a missing line.
    dropped = droppedBefore
    unreported = isReported ? 0 : missing
    return isReported
  }

  return {
    get dropped() {
      return dropped
    },
    write(line) {
      if (unreported === 0 || reportMissing()) writeOrBuffer(Buffer.from(line))
      else drop(1)
    },
    end() {
      const until = performance.now() + END_WITHIN_MS
      for (flush(); bufferedBytes > 0 && performance.now() < until; flush()) Atomics.wait(PAUSE, 0, 0, RETRY_AFTER_MS)
    },
  }
}

const MISSING = 'log lines could not be written and are missing here'
const PAUSE = new Int32Array(new SharedArrayBuffer(4))
