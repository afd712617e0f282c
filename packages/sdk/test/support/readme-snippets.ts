import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The README's code blocks in one language, in their order. */
export function readmeSnippets(language: string): string[] {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, of]) => of === language)
    .map(([, , code = '']) => code)
}
