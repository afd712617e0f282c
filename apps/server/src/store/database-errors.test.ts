import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { asDatabaseUnavailable, isAway } from './database-errors.ts'

function databaseError(code: string): Error {
  return Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code })
}
const systemError = (message: string, more: object = {}) => Object.assign(new Error(message), more)

interface Row {
  what: string
  error: Error
  unavailable: boolean
  /** Whether all statements fail at the moment. */
  away?: boolean
  mayHaveCommitted?: boolean
}

const ROWS: Row[] = [
  { what: 'a deadlock', error: databaseError('40P01'), unavailable: true },
  { what: 'a serialization failure', error: databaseError('40001'), unavailable: true },
  { what: 'a lock time-out', error: databaseError('55P03'), unavailable: true },
  { what: 'a duplicate', error: databaseError('23505'), unavailable: false },
  { what: 'an invalid date', error: databaseError('22007'), unavailable: false },
  { what: 'a full disk', error: databaseError('53100'), unavailable: true, away: true },
  { what: 'too many connections', error: databaseError('53300'), unavailable: true, away: true },
  { what: 'a statement time-out', error: databaseError('57014'), unavailable: true, away: true },
  { what: 'a database that is starting', error: databaseError('57P03'), unavailable: true, away: true },
  { what: 'a wrong password', error: databaseError('28P01'), unavailable: true, away: true },
  { what: 'a missing database', error: databaseError('3D000'), unavailable: true, away: true },
  { what: 'a standby', error: databaseError('25006'), unavailable: true, away: true },
  {
    what: 'a session ended by an administrator',
    error: databaseError('57P01'),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  { what: 'a crash', error: databaseError('57P02'), unavailable: true, away: true, mayHaveCommitted: true },
  {
    what: 'a refused connection',
    error: systemError('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED', syscall: 'connect' }),
    unavailable: true,
    away: true,
  },
  {
    what: 'a host that refuses connections on all addresses',
    error: Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')]), { code: 'ECONNREFUSED' }),
    unavailable: true,
    away: true,
  },
  {
    what: 'an unknown host name',
    error: systemError('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    unavailable: true,
    away: true,
  },
  {
    what: 'a pool without a free connection',
    error: systemError('timeout exceeded when trying to connect'),
    unavailable: true,
    away: true,
  },
  {
    what: 'a broken connection',
    error: systemError('Connection terminated unexpectedly'),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  {
    what: 'a reset while reading the answer',
    error: systemError('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  {
    what: 'a query time-out',
    error: systemError('Query read timeout'),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  { what: 'a programming error', error: new TypeError('x is not a function'), unavailable: false },
]

describe.each(ROWS)('$what', ({ error, unavailable, away = false, mayHaveCommitted = false }) => {
  it(`is ${unavailable ? '' : 'not '}worth another try, and affects ${away ? 'all statements' : 'one statement'}`, () => {
    expect({ unavailable: asDatabaseUnavailable(error) !== undefined, away: isAway(error) }).toEqual({
      unavailable,
      away,
    })
  })

  it(`${mayHaveCommitted ? 'may have' : 'has not'} committed the statement`, () => {
    expect(asDatabaseUnavailable(error)?.mayHaveCommitted ?? false).toBe(mayHaveCommitted)
  })
})
