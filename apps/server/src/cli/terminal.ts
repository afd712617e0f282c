import { createInterface } from 'node:readline/promises'
import { createBar } from './create-bar.ts'

/** Input and output of a command. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Undefined if the input or output isn't interactive. */
  ask: ((question: string) => Promise<string>) | undefined
  /** Shows a progress bar. Undefined if standard error isn't a terminal. */
  showBar: ((label: string, total: number) => Bar) | undefined
}

export interface Bar extends Disposable {
  update(done: number): void
}

async function ask(question: string): Promise<string> {
  // Asks on standard error, since standard output may be redirected to a file.
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  showBar: process.stderr.isTTY ? createBar : undefined,
}
