import { createInterface } from 'node:readline/promises'

/** Where a command's words go to and come from. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Undefined where nobody sits in front of it. */
  ask: ((question: string) => Promise<string>) | undefined
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
  ask: process.stdin.isTTY ? ask : undefined,
}
