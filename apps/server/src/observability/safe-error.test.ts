import pg from 'pg'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { createLog } from '../compose.ts'
import { safeError } from './safe-error.ts'

const SECRET = 'ann@example.com'
const everythingOf = (error: Error): string =>
  [
    error.stack,
    JSON.stringify(error, Object.getOwnPropertyNames(error)),
    error.cause && everythingOf(error.cause as Error),
  ].join()

/** An error as pg throws it. */
function refusedBy(code: string, message: string, detail: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, 1, 'error'), { code, detail, where: detail, severity: 'ERROR' })
}

function syntaxError(): unknown {
  try {
    return JSON.parse(`{"email": ${SECRET}`)
  } catch (error) {
    return error
  }
}

/** A pino logger with properties that its types don't declare. */
interface Serializing {
  [pino.symbols.serializersSym]: { err(error: unknown): unknown }
}

describe('safeError', () => {
  it.each<[string, unknown]>([
    ['the row of a violated constraint', refusedBy('23514', 'violates check "x"', `Failing row contains (${SECRET})`)],
    ['a value of the wrong type', refusedBy('22P02', `invalid input syntax for type inet: "${SECRET}"`, '')],
    ['the message of a trigger', refusedBy('P0001', `no ${SECRET} here`, '')],
    ['invalid JSON', syntaxError()],
    ['an invalid header value', new TypeError(`Headers.append: "${SECRET}\n" is an invalid header value.`)],
    ['a property that a library added', Object.assign(new Error('Parse Error'), { rawPacket: SECRET })],
    ['the message of the cause', new Error('not saved', { cause: refusedBy('22P02', `"${SECRET}"`, '') })],
    ['a thrown value that is no error', SECRET],
  ])('%s is not in the copy', (_, error) => {
    expect(everythingOf(safeError(error))).not.toContain(SECRET)
  })

  it('the server’s own log sanitizes every error', () => {
    const { err } = (createLog({ logLevel: 'silent' }).log as unknown as Serializing)[pino.symbols.serializersSym]
    const logged = JSON.stringify(err(refusedBy('23514', 'violates check "x"', `Failing row contains (${SECRET})`)))
    expect(logged).toContain('23514')
    expect(logged).not.toContain(SECRET)
  })

  it('an error that is its own cause ends the chain', () => {
    const error = new Error('it was me')
    error.cause = error
    expect(everythingOf(safeError(error))).toContain('it was me')
  })

  it('name, code, stack and cause are kept', () => {
    const error = Object.assign(new RangeError('too many'), { code: 'E_MANY' })
    const safe = safeError(new Error('not saved', { cause: error }))
    expect(safe).toMatchObject({
      message: 'not saved',
      cause: { name: 'RangeError', message: 'too many', code: 'E_MANY' },
    })
    expect(safe.stack).toContain('safe-error.test.ts')
  })
})
