import { readFileSync } from 'node:fs'

/** What a process wrote last, for a person: the sentences of its JSON log, and what it wrote besides. */
export function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n')
  const isStackFrame = (line: string) => /^ +at /.test(line)
  return lines
    .filter((line) => !isStackFrame(line))
    .slice(-12)
    .map(sentenceOf)
    .join('\n')
}

function sentenceOf(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    return (JSON.parse(line) as { msg?: string }).msg ?? line
  } catch {
    return line
  }
}
