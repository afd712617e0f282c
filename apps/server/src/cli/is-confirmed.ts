import type { Terminal } from './terminal.ts'

/** Whether somebody typed yes. Where nobody can be asked, nobody did. */
export async function isConfirmed({ ask, err }: Terminal, whatWillHappen: string): Promise<boolean> {
  if (ask === undefined) {
    err(
      `${whatWillHappen} Nothing was done: this is no terminal, where somebody could confirm it. Confirm it by --yes.\n`,
    )
    return false
  }
  const answer = await ask(`${whatWillHappen} Type yes: `)
  if (answer.trim().toLowerCase() === 'yes') return true
  err('Nothing was done.\n')
  return false
}
