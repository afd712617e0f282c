/** The process's own monotonic clock. It measures patience; what others rely on is timed by the database. */
export interface Clock {
  /** Milliseconds since some instant in the past; never jumps. */
  now(): number
  /** Resolves after `ms`, or as soon as `signal` is aborted. Keeps no process alive. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `act` after `ms`, unless what it gave back is called before. Keeps no process alive. */
  after(ms: number, act: () => void): () => void
}
