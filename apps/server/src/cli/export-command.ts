import { checkKeys } from '../store/check-keys.ts'
import { exportPerson } from '../store/export-person.ts'
import { createTombstones } from '../store/tombstones.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'

/** Prints all stored data of a person. */
export async function exportCommand(
  { db, box }: OpenRegistrations,
  terminal: Terminal,
  { email }: { email: string },
): Promise<ExitCode> {
  await checkKeys(db, box, { record: false })
  printJson(terminal, await exportPerson(db, box, await createTombstones(db, box), email))
  return EXIT.done
}
