import { eventually } from '@registration/test-harness'
import { expect } from 'vitest'
import type { LogLine, ServerProcess } from './server-process.ts'

/** Resolves when the server has logged such a line: what it says may arrive after what it answers. */
export function untilLogged({ log }: Pick<ServerProcess, 'log'>, line: LogLine): Promise<void> {
  return eventually(() => {
    const isThere = log.some((logged) => expect.objectContaining(line).asymmetricMatch(logged))
    // The log itself is too long for a message.
    const told = log.map(({ msg }) => msg).join('\n')
    if (!isThere) throw new Error(`The server has not logged ${JSON.stringify(line)}, but:\n${told}`)
  })
}
