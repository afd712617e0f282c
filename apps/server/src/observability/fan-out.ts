import type { FastifyBaseLogger } from 'fastify'

/**
 * Returns a listener with the methods of the first one. Each calls the first listener, then the other one if it has that method; what
 * only the other one has is never called. An exception of either is reported to `onFailure` and not rethrown, since the caller has
 * more to do, such as saving the partner's answer.
 */
export function fanOut<Listener extends object>(
  listener: Listener,
  other: Partial<Listener>,
  onFailure: (error: unknown) => void,
): Listener {
  const callSafely = (method: (...args: unknown[]) => void, args: unknown[]) => {
    try {
      method(...args)
    } catch (error) {
      report(error)
    }
  }
  function report(error: unknown): void {
    try {
      onFailure(error)
    } catch {
      // The log itself throws, so the error can't be reported anywhere.
    }
  }
  const methods = Object.entries(listener).map(([name, method]) => {
    const otherMethod = other[name as keyof Listener]
    return [
      name,
      (...args: unknown[]) => {
        callSafely(method, args)
        if (typeof otherMethod === 'function') callSafely(otherMethod as never, args)
      },
    ]
  })
  return Object.fromEntries(methods) as Listener
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/**
 * Wraps the log so that a line is dropped if the log throws. A host's log is the host's code: its exceptions must neither
 * cost a visitor the response nor be shown to one.
 */
export function unbreakableLog(log: FastifyBaseLogger): FastifyBaseLogger {
  const guarded = LEVELS.map((level) => {
    const write = (...line: unknown[]) => {
      try {
        ;(log[level] as (...line: unknown[]) => void)(...line)
      } catch {
        // The log itself throws, so the error can't be reported anywhere.
      }
    }
    return [level, write]
  })
  return Object.assign(Object.create(log), Object.fromEntries(guarded))
}
