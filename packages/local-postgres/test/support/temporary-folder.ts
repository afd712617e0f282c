import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Makes a folder that only its owner can enter, and that goes when the test is over: a process that ends may still write to it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'local-postgres-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }))
  return folder
}
