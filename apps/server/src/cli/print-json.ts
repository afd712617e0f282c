import type { Terminal } from './terminal.ts'

/** What a command found, for a person and for a script alike. */
export function printJson({ out }: Terminal, found: unknown): void {
  out(`${JSON.stringify(found, null, 2)}\n`)
}
