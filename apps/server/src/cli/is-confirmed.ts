import type { Terminal } from './terminal.ts'

/** Whether the user typed yes. Without a terminal, the answer is no. */
export async function isConfirmed({ ask, err }: Terminal, warning: string): Promise<boolean> {
  if (ask === undefined) {
    err(`${warning} Nothing was done: confirmation needs a terminal. Use --yes to confirm without one.\n`)
    return false
  }
  const answer = await ask(`${warning} Type yes: `)
  if (answer.trim().toLowerCase() === 'yes') return true
  err('Nothing was done.\n')
  return false
}
