import { createInterface } from 'node:readline/promises'
import { createBar } from './create-bar.ts'

/** Where a command's words go to and come from. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Undefined where nobody sits in front of it. */
  ask: ((question: string) => Promise<string>) | undefined
  /** Shows how far something long has come. Undefined where nobody would see it. */
  showBar: ((what: string, total: number) => Bar) | undefined
}

export interface Bar extends Disposable {
  reach(done: number): void
}

async function ask(question: string): Promise<string> {
  // What is printed to stdout may be going into a file.
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
  // The question is asked on standard error.
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  showBar: process.stderr.isTTY ? createBar : undefined,
}
