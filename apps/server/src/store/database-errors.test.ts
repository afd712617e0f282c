import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { asDatabaseUnavailable, isAway } from './database-errors.ts'

function ofDatabase(code: string): Error {
  return Object.assign(new pg.DatabaseError('refused', 0, 'error'), { code })
}
const ofSystem = (message: string, more: object = {}) => Object.assign(new Error(message), more)

interface Row {
  what: string
  error: Error
  unavailable: boolean
  /** Whether no statement has a chance at the moment. */
  away?: boolean
  mayHaveCommitted?: boolean
}

const ROWS: Row[] = [
  { what: 'a deadlock', error: ofDatabase('40P01'), unavailable: true },
  { what: 'a conflict of transactions', error: ofDatabase('40001'), unavailable: true },
  { what: 'a lock that was not free in time', error: ofDatabase('55P03'), unavailable: true },
  { what: 'a duplicate', error: ofDatabase('23505'), unavailable: false },
  { what: 'a text that is no date', error: ofDatabase('22007'), unavailable: false },
  { what: 'a full disk', error: ofDatabase('53100'), unavailable: true, away: true },
  { what: 'too many connections', error: ofDatabase('53300'), unavailable: true, away: true },
  { what: 'a statement that took too long', error: ofDatabase('57014'), unavailable: true, away: true },
  { what: 'a database that starts up', error: ofDatabase('57P03'), unavailable: true, away: true },
  { what: 'a password that was replaced', error: ofDatabase('28P01'), unavailable: true, away: true },
  { what: 'a database that is missing', error: ofDatabase('3D000'), unavailable: true, away: true },
  { what: 'a standby', error: ofDatabase('25006'), unavailable: true, away: true },
  {
    what: 'an administrator who ends the session',
    error: ofDatabase('57P01'),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  { what: 'a crash', error: ofDatabase('57P02'), unavailable: true, away: true, mayHaveCommitted: true },
  {
    what: 'a refused connection',
    error: ofSystem('connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED', syscall: 'connect' }),
    unavailable: true,
    away: true,
  },
  {
    what: 'a host whose every address refuses',
    error: Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')]), { code: 'ECONNREFUSED' }),
    unavailable: true,
    away: true,
  },
  {
    what: 'a name that is not found',
    error: ofSystem('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    unavailable: true,
    away: true,
  },
  {
    what: 'a pool that is too busy',
    error: ofSystem('timeout exceeded when trying to connect'),
    unavailable: true,
    away: true,
  },
  {
    what: 'a connection that is cut',
    error: ofSystem('Connection terminated unexpectedly'),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  {
    what: 'a reset while the answer is read',
    error: ofSystem('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  {
    what: 'an answer that never comes',
    error: ofSystem('Query read timeout'),
    unavailable: true,
    away: true,
    mayHaveCommitted: true,
  },
  { what: 'a mistake of ours', error: new TypeError('x is not a function'), unavailable: false },
]

describe.each(ROWS)('$what', ({ error, unavailable, away = false, mayHaveCommitted = false }) => {
  it(`is ${unavailable ? 'passing' : 'no reason to try again'}, and ${away ? 'everybody’s' : 'one statement’s'} trouble`, () => {
    expect({ unavailable: asDatabaseUnavailable(error) !== undefined, away: isAway(error) }).toEqual({
      unavailable,
      away,
    })
  })

  it(`leaves ${mayHaveCommitted ? 'open' : 'no doubt'} whether the statement was committed`, () => {
    expect(asDatabaseUnavailable(error)?.mayHaveCommitted ?? false).toBe(mayHaveCommitted)
  })
})
