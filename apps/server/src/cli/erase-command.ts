import { leaseMs } from '../registration/policy.ts'
import { checkKeys } from '../store/check-keys.ts'
import { erasePerson } from '../store/erase-person.ts'
import { createTombstones } from '../store/tombstones.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { isConfirmed } from './is-confirmed.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import type { Terminal } from './terminal.ts'

export interface EraseOptions {
  email: string
  reason: string
  by: string
  yes: boolean
  json: boolean
}

/** Erases a person. The output doesn't contain the e-mail, since terminals may be logged. */
export async function eraseCommand(
  { config, db, box }: OpenRegistrations,
  terminal: Terminal,
  { email, reason, by, yes, json }: EraseOptions,
): Promise<ExitCode> {
  const warning = 'All personal data of this e-mail will be erased. This cannot be undone.'
  if (!yes && !(await isConfirmed(terminal, warning))) return EXIT.unconfirmed
  await checkKeys(db, box, { record: false })
  const tombstoneOf = await createTombstones(db, box)
  const registrations = await erasePerson(db, tombstoneOf, { email, reason, requestedBy: by }, leaseMs(config))
  const tombstone = tombstoneOf(email)
  terminal.out(
    json
      ? `${JSON.stringify({ registrations, tombstone })}\n`
      : `The person was removed from ${registrations} registrations. On record as ${tombstone}.\n`,
  )
  return EXIT.done
}
