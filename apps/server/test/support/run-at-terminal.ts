import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import { childEnvironment } from '@registration/test-harness'

/** The built commands, `dist/registration.js`. */
export const COMMANDS = fileURLToPath(new URL('../../dist/registration.js', import.meta.url))

/** A command that runs in a terminal. */
export interface TerminalRun {
  /** Resolves once the screen has shown this text. */
  untilShown(text: string): Promise<void>
  type(text: string): void
  /** Resolves with the exit code and everything that the screen has shown. */
  ended: Promise<{ exitCode: number; screen: string }>
}

/** Runs a command in a pseudo-terminal, with only this environment. */
export function runAtTerminal(env: Record<string, string>, args: readonly string[]): TerminalRun {
  let screen = ''
  const waiting = new Set<() => void>()
  const terminal = spawn(process.execPath, [COMMANDS, ...args], {
    cols: 200,
    env: { ...childEnvironment(), TERM: 'xterm', ...env },
  })
  terminal.onData((text) => {
    screen += text
    for (const check of waiting) check()
  })
  const ended = new Promise<{ exitCode: number; screen: string }>((resolve) =>
    terminal.onExit(({ exitCode }) => resolve({ exitCode, screen })),
  )
  return {
    type: (text) => terminal.write(text),
    ended,
    untilShown: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!screen.includes(text)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
        void ended.then(() => reject(new Error(`The command ended without showing ${text}:\n${screen}`)))
      }),
  }
}
