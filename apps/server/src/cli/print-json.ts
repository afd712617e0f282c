import type { Terminal } from './terminal.ts'

/** Prints a command's result as indented JSON. */
export function printJson({ out }: Terminal, result: unknown): void {
  out(`${JSON.stringify(result, null, 2)}\n`)
}
