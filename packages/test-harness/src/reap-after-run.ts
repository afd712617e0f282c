import { MARK } from './run-mark.ts'
import { startReaper } from './start-reaper.ts'

/** The global set-up of every Vitest run. It starts a reaper, unless the process that started Vitest has one. */
export default function setup(): (() => Promise<void>) | undefined {
  if (process.env[MARK] !== undefined) return undefined
  const reaper = startReaper()
  return async () => {
    for (const line of await reaper.stop()) process.stderr.write(`Had to be ended: ${line}\n`)
  }
}
