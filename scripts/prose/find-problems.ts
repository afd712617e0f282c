import { DICTIONARY } from './dictionary.ts'
import { lineAt, passagesOf } from './passages.ts'

/** The banned phrases in a file's prose, as `path:line: "phrase": what to write instead`. */
export function findProblems(path: string, content: string): string[] {
  return passagesOf(path, content).flatMap(({ line, text }) =>
    DICTIONARY.flatMap(({ pattern, instead }) =>
      [...text.matchAll(pattern)].map((match) => {
        const phrase = match[0].replace(/\s+/g, ' ')
        return `${path}:${line + lineAt(text, match.index) - 1}: "${phrase}": ${instead}`
      }),
    ),
  )
}
