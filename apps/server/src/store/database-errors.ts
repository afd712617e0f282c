import pg from 'pg'
import { DatabaseUnavailable } from '../registration/store-errors.ts'

/**
 * SQLSTATE classes that say "not now" rather than "never": connection exceptions (08), insufficient resources (53),
 * operator intervention such as a shutdown or a statement timeout (57), system errors (58), conflicts of
 * transactions (40), locks that weren't free in time (55), a primary that became a standby (25006), and a password or a database
 * that is being replaced (28, 3D000).
 */
const PASSING = /^(?:08|28|40|53|55|57|58)|^(?:25006|3D000)$/

/** The same error in the registration's terms, or undefined when the statement itself was wrong. */
export function asDatabaseUnavailable(error: unknown): DatabaseUnavailable | undefined {
  if (error instanceof DatabaseUnavailable) return error
  if (!(error instanceof Error)) return undefined
  // Whatever pg throws without a SQLSTATE is about the connection: refused, lost, or silent for too long.
  const isWrong = error instanceof pg.DatabaseError ? !PASSING.test(error.code ?? '08') : !isFromConnection(error)
  if (isWrong) return undefined
  const mayHaveCommitted = isAnswerLost(error)
  return new DatabaseUnavailable('The database is unavailable.', { mayHaveCommitted, cause: error })
}

/** What ends a session while it may be committing: an administrator, a crash, a connection that fails. */
const ENDS_SESSION = /^(?:08|57P01|57P02)/
/** Nothing was sent: there was no connection yet, or none any more. */
const BEFORE_SENDING =
  /^(?:timeout exceeded when trying to connect|Connection terminated due to connection timeout|Cannot use a pool after)/

/** Whether the statement may have been carried out and committed, since only its answer is missing. */
function isAnswerLost(error: Error): boolean {
  if (error instanceof pg.DatabaseError) return ENDS_SESSION.test(error.code ?? '08')
  const { syscall } = error as NodeJS.ErrnoException
  // Of every address that a name has, none could be connected to.
  if (error instanceof AggregateError) return false
  return syscall !== 'connect' && syscall !== 'getaddrinfo' && !BEFORE_SENDING.test(error.message)
}

/** Whether there is no use in trying at once, with less in one statement. A deadlock or a lock is one row's trouble. */
export function isAway(error: unknown): boolean {
  const isOneRows = error instanceof pg.DatabaseError && /^(?:40|55)/.test(error.code ?? '')
  return !isOneRows && asDatabaseUnavailable(error) !== undefined
}

/** Whether PostgreSQL can't take a value at all, such as a text with NUL in it. */
export function isBadData(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^22/.test(error.code ?? '')
}

const FROM_CONNECTION =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client |Cannot use a pool after)/

function isFromConnection(error: Error): boolean {
  return (
    error instanceof AggregateError ||
    'syscall' in error ||
    FROM_CONNECTION.test(error.message) ||
    /ECONN|EPIPE|ETIMEDOUT/.test(error.message)
  )
}
