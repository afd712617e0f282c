import { readFileSync } from 'node:fs'

export const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The README's code blocks of one language, in their order. */
export function snippets(language: string): string[] {
  const blocks = readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return [...blocks].map(([, code = '']) => code)
}

/** All code blocks of a document, with their languages. */
export function codeBlocksOf(document: string): string[] {
  return [...document.matchAll(/^```\w+\n.*?^```$/gms)].map(([block]) => block)
}
