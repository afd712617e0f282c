import type { Terminal } from './terminal.ts'

/**
 * Prints a command's result as indented JSON. Characters that change how a terminal shows the text around them are escaped, since
 * values come from visitors and the partner.
 */
export function printJson({ out }: Terminal, result: unknown): void {
  out(`${JSON.stringify(result, null, 2).replace(INVISIBLE, escapeUnits)}\n`)
}

function escapeUnits(characters: string): string {
  return [...Buffer.from(characters, 'utf16le').swap16().toString('hex').matchAll(/.{4}/g)]
    .map(([unit]) => `\\u${unit}`)
    .join('')
}

/** Control characters that JSON leaves as they are, and formatting ones, such as those that reverse the direction of the text. */
const INVISIBLE = /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gv
