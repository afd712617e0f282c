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

/** A pino logger, as far as its own types don't tell. */
interface Serializing {
  [pino.symbols.serializersSym]: { err(error: unknown): unknown }
}

describe('safeError', () => {
  it.each<[string, unknown]>([
    ['the row that a constraint refused', refusedBy('23514', 'violates check "x"', `Failing row contains (${SECRET})`)],
    ['the value that has no such type', refusedBy('22P02', `invalid input syntax for type inet: "${SECRET}"`, '')],
    ['what a trigger raised', refusedBy('P0001', `no ${SECRET} here`, '')],
    ['what is no JSON', syntaxError()],
    ['what no header can hold', new TypeError(`Headers.append: "${SECRET}\n" is an invalid header value.`)],
    ['what a library hung on it', Object.assign(new Error('Parse Error'), { rawPacket: SECRET })],
    ['what caused it', new Error('not saved', { cause: refusedBy('22P02', `"${SECRET}"`, '') })],
    ['what is no error', SECRET],
  ])('tells nobody %s', (_, error) => {
    expect(everythingOf(safeError(error))).not.toContain(SECRET)
  })

  it('is what the server’s own log makes of every error, whoever logs it', () => {
    const { err } = (createLog({ logLevel: 'silent' }).log as unknown as Serializing)[pino.symbols.serializersSym]
    const logged = JSON.stringify(err(refusedBy('23514', 'violates check "x"', `Failing row contains (${SECRET})`)))
    expect(logged).toContain('23514')
    expect(logged).not.toContain(SECRET)
  })

  it('comes to an end where an error is its own cause', () => {
    const error = new Error('it was me')
    error.cause = error
    expect(everythingOf(safeError(error))).toContain('it was me')
  })

  it('keeps what is needed to find the fault', () => {
    const error = Object.assign(new RangeError('too many'), { code: 'E_MANY' })
    const safe = safeError(new Error('not saved', { cause: error }))
    expect(safe).toMatchObject({
      message: 'not saved',
      cause: { name: 'RangeError', message: 'too many', code: 'E_MANY' },
    })
    expect(safe.stack).toContain('safe-error.test.ts')
  })
})
