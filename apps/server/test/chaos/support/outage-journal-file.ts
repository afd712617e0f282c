import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@registration/test-harness'
import type { ServerProcess } from './server-process.ts'

/** The file of the server's outage journal. */
export function journalFile({ env }: Pick<ServerProcess, 'env'>): string {
  return join(env['DATA_DIR'] ?? '', 'outage-journal')
}

/** The lines of the server's outage journal. */
export function journalLines(server: Pick<ServerProcess, 'env'>): string[] {
  const file = journalFile(server)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

/** Resolves when the server's outage journal is empty. @throws Error with the number of lines left */
export function untilJournalIsEmpty(server: Pick<ServerProcess, 'env'>): Promise<void> {
  return eventually(() => {
    const { length } = journalLines(server)
    if (length > 0) throw new Error(`The outage journal still holds ${length} lines.`)
  })
}
