import type { FastifyBaseLogger } from 'fastify'

/**
 * A listener whose every event another one hears too, as far as it listens. What either throws is reported, and goes no
 * further: whoever tells them has more to do, such as to save the answer of a call.
 */
export function fanOut<Watcher extends object>(
  watcher: Watcher,
  other: Partial<Watcher>,
  onFailure: (error: unknown) => void,
): Watcher {
  const attempt = (tell: (...what: unknown[]) => void, what: unknown[]) => {
    try {
      tell(...what)
    } catch (error) {
      report(error)
    }
  }
  function report(error: unknown): void {
    try {
      onFailure(error)
    } catch {
      // Where the log is what throws, there is nobody left to tell.
    }
  }
  const told = Object.entries(watcher).map(([word, tell]) => {
    const listen = other[word as keyof Watcher]
    return [
      word,
      (...what: unknown[]) => {
        attempt(tell, what)
        if (typeof listen === 'function') attempt(listen as never, what)
      },
    ]
  })
  return Object.fromEntries(told) as Watcher
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/**
 * The same log, but that a line which it throws at is lost and nothing else: a host's log is the host's code, and what it
 * throws must cost no visitor the answer, nor be shown to one.
 */
export function unbreakableLog(log: FastifyBaseLogger): FastifyBaseLogger {
  const guarded = LEVELS.map((level) => {
    const write = (...line: unknown[]) => {
      try {
        ;(log[level] as (...line: unknown[]) => void)(...line)
      } catch {
        // There is nobody left to tell.
      }
    }
    return [level, write]
  })
  return Object.assign(Object.create(log), Object.fromEntries(guarded))
}
