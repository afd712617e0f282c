import type { FastifyBaseLogger } from 'fastify'

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
