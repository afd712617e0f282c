import { checkKeys } from '../store/check-keys.ts'
import { countOutdated, reEncrypt } from '../store/re-encrypt.ts'
import { findSecretKeys } from '../store/secret-keys.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import type { Terminal } from './terminal.ts'

/**
 * Encrypts everything with the first of ENCRYPTION_KEYS and prints which keys are still needed. Needs no confirmation: it
 * can be undone by listing the keys in the other order and running it again.
 */
export async function reEncryptCommand(
  { db, box }: OpenRegistrations,
  terminal: Terminal,
  { json }: { json: boolean },
): Promise<ExitCode> {
  const { added } = await checkKeys(db, box, { record: false })
  if (added.includes(box.currentKey)) {
    const steps = 'put it behind the others on every server first, and only then in front'
    terminal.err(`No server has listed the key "${box.currentKey}" yet, so servers cannot decrypt with it: ${steps}.\n`)
  }
  using bar = terminal.showBar?.('Re-encrypting', await countOutdated(db, box))
  const { done, unreadable } = await reEncrypt(db, box, (progress) => {
    if (bar) bar.update(progress.done + progress.unreadable.length)
    else if (!json) terminal.err(`${progress.done} re-encrypted …\n`)
  })
  bar?.[Symbol.dispose]()
  const stillNeeded = await findSecretKeys(db)
  if (json) {
    terminal.out(`${JSON.stringify({ reEncrypted: done, unreadable, currentKey: box.currentKey, stillNeeded })}\n`)
  } else {
    terminal.out(`${done} registrations were re-encrypted with the key "${box.currentKey}".\n`)
    terminal.out(`Keys still needed: ${stillNeeded.join(', ') || 'none'}.\n`)
    if (unreadable.length > 0) terminal.err(`No listed key decrypts the secrets of ${unreadable.join(', ')}.\n`)
  }
  return unreadable.length > 0 ? EXIT.failed : EXIT.done
}
