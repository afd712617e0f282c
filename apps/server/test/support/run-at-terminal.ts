import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import { childEnvironment } from '@registration/test-harness'

/** The built commands, `dist/registration.js`. */
export const COMMANDS = fileURLToPath(new URL('../../dist/registration.js', import.meta.url))

/** A command in a terminal, as a person has it. */
export interface TerminalRun {
  /** Resolves once the screen has shown it. */
  untilShown(text: string): Promise<void>
  type(text: string): void
  /** Resolves with its exit code, and with everything that the screen has shown. */
  ended: Promise<{ exitCode: number; screen: string }>
}

/** Runs a command in a pseudo-terminal, in this environment and no other. */
export function runAtTerminal(env: Record<string, string>, args: readonly string[]): TerminalRun {
  let screen = ''
  const waiting = new Set<() => void>()
  const terminal = spawn(process.execPath, [COMMANDS, ...args], {
    cols: 200,
    env: { ...childEnvironment(), TERM: 'xterm', ...env },
  })
  terminal.onData((text) => {
    screen += text
    for (const look of waiting) look()
  })
  const ended = new Promise<{ exitCode: number; screen: string }>((resolve) =>
    terminal.onExit(({ exitCode }) => resolve({ exitCode, screen })),
  )
  return {
    type: (text) => terminal.write(text),
    ended,
    untilShown: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!screen.includes(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => reject(new Error(`It ended without showing ${text}:\n${screen}`)))
      }),
  }
}
