import { eventually } from '@registration/test-harness'
import { expect } from 'vitest'
import type { LogLine, ServerProcess } from './server-process.ts'

/** Resolves when the server has logged a line with these fields, which may be after its response. */
export function untilLogged({ log }: Pick<ServerProcess, 'log'>, line: LogLine): Promise<void> {
  return eventually(() => {
    const isThere = log.some((logged) => expect.objectContaining(line).asymmetricMatch(logged))
    // The whole log is too long for an error message.
    const told = log.map(({ msg }) => msg).join('\n')
    if (!isThere) throw new Error(`The server has not logged ${JSON.stringify(line)}. It has logged:\n${told}`)
  })
}
