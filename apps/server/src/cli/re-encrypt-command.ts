import { checkKeys } from '../store/check-keys.ts'
import { countOutdated, reEncrypt } from '../store/re-encrypt.ts'
import { findSecretKeys } from '../store/secret-keys.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import type { Terminal } from './terminal.ts'

/**
 * Encrypts everything with the first of ENCRYPTION_KEYS, and says which keys are needed afterwards. Asks nobody: whoever
 * lists the keys the other way round and runs it again has undone it.
 */
export async function reEncryptCommand(
  { db, box }: OpenRegistrations,
  terminal: Terminal,
  { json }: { json: boolean },
): Promise<ExitCode> {
  const { added } = await checkKeys(db, box, { record: false })
  if (added.includes(box.currentKey)) {
    const steps = 'put it behind the others on every server first, and in front only then'
    terminal.err(
      `Servers will not read what is encrypted here: no server has listed "${box.currentKey}" yet; ${steps}.\n`,
    )
  }
  using bar = terminal.showBar?.('Re-encrypting', await countOutdated(db, box))
  const { done, unreadable } = await reEncrypt(db, box, (soFar) => {
    if (bar) bar.reach(soFar.done + soFar.unreadable.length)
    else if (!json) terminal.err(`${soFar.done} re-encrypted …\n`)
  })
  bar?.[Symbol.dispose]()
  const stillNeeded = await findSecretKeys(db)
  if (json) {
    terminal.out(`${JSON.stringify({ reEncrypted: done, unreadable, currentKey: box.currentKey, stillNeeded })}\n`)
  } else {
    terminal.out(`${done} registrations were re-encrypted with the key "${box.currentKey}".\n`)
    terminal.out(`Keys that are still needed: ${stillNeeded.join(', ') || 'none'}.\n`)
    if (unreadable.length > 0) terminal.err(`No listed key opens the secrets of ${unreadable.join(', ')}.\n`)
  }
  return unreadable.length > 0 ? EXIT.failed : EXIT.done
}
