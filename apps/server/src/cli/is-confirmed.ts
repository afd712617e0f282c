import type { Terminal } from './terminal.ts'

/** Whether somebody typed yes. Where nobody can be asked, nobody did. */
export async function isConfirmed({ ask, err }: Terminal, whatWillHappen: string): Promise<boolean> {
  const answer = await ask?.(`${whatWillHappen} Type yes: `)
  if (answer?.trim().toLowerCase() === 'yes') return true
  err('Nothing was done. Confirm with yes when asked, or by --yes.\n')
  return false
}
