import pg from 'pg'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { aRegistration } from '../../test/support/a-registration.ts'
import type { PartnerResult } from '../registration/partner.ts'
import type { RegistrationStatus } from '../registration/registration.ts'
import { createLogListener, type LogListener } from './log-listener.ts'

const SECRET = 'secret-of-ann'
const ID = '019a0000-0000-7000-8000-000000000001'

/** An error of pg, which holds the row that violated a constraint. */
const failure = () =>
  Object.assign(new pg.DatabaseError('violates check "x"', 1, 'error'), { code: '23514', detail: `(${SECRET})` })

const FAILURES: Record<string, (listener: LogListener, error: Error) => void> = {
  'a result that waits': ({ journal }, error) => journal.journaled(ID, error, { onDisk: true }),
  'a result that only memory holds': ({ journal }, error) =>
    journal.journaled(ID, error, { onDisk: false, cause: failure() }),
  'why only memory holds it': ({ journal }, error) => journal.journaled(ID, failure(), { onDisk: false, cause: error }),
  'a result that the database refuses': ({ journal }, error) => journal.refused(ID, error),
  'a journal that is out of date': ({ journal }, error) => journal.outdated(error),
  'a failed job of recovery': ({ recovery }, error) => recovery.jobFailed(error),
  'a recovery that failed': ({ recovery }, error) => recovery.failed(ID, error),
}

const SECRET_ANSWER = { success: true, domain: SECRET, login: SECRET, password: SECRET, autologin: SECRET }
const RESULTS: PartnerResult[] = [
  { kind: 'accepted', answer: SECRET_ANSWER, depositUrl: SECRET },
  { kind: 'rejected', code: 'PARTNER_REJECTED', message: SECRET },
  { kind: 'not-processed', reason: 'ECONNREFUSED', reached: false },
  { kind: 'unknown', reason: 'HTTP 500', answeredCompletely: true },
]
const STATUSES: RegistrationStatus[] = ['succeeded', 'succeeded_without_link', 'rejected', 'released', 'stuck']

/** The lines of a log that doesn't sanitize errors itself, as a host's may not. */
function logged(happens: (listener: LogListener) => void): string {
  const lines: string[] = []
  happens(createLogListener(pino({ level: 'trace' }, { write: (line) => lines.push(line) })))
  return lines.join('')
}

describe('the log', () => {
  it.each(Object.entries(FAILURES))('%s is logged with the error’s code and without its data', (_, happens) => {
    const log = logged((listener) => happens(listener, failure()))
    expect(log).toContain('23514')
    expect(log).not.toContain(SECRET)
  })

  it.each(RESULTS)('a call with the outcome $kind is logged without the partner’s data', (result) => {
    const log = logged(({ registrations }) =>
      registrations.callEnded({ id: ID, attempt: 1, probing: false, result, durationMs: 1 }),
    )
    expect(log).toContain(`"outcome":"${result.kind}"`)
    expect(log).not.toContain(SECRET)
  })

  it.each(STATUSES)('a registration that becomes %s is logged without the visitor’s data', (status) => {
    const hers = aRegistration({
      status,
      email: SECRET,
      name: SECRET,
      visitorId: SECRET,
      trafficParams: { tag: SECRET },
      siteUrl: SECRET,
      source: `from ${SECRET}`,
      clientIp: SECRET,
      browserData: { field: SECRET },
      partnerAccount: SECRET_ANSWER,
      depositUrl: SECRET,
      rejection: { code: 'PARTNER_REJECTED', message: SECRET },
    })
    const log = logged(({ registrations }) => registrations.moved(hers))
    expect(log).toContain(`"status":"${status}"`)
    expect(log).not.toContain(SECRET)
  })
})
