/** A piece of prose, and the line of its file on which it begins. Line breaks in it are those of the file. */
export interface Passage {
  line: number
  text: string
}

/** The prose of a file, by its name: all of a Markdown document but its code, and of anything else comments and test titles. */
export function passagesOf(path: string, content: string): Passage[] {
  if (path.endsWith('.md')) return [{ line: 1, text: proseOfMarkdown(content) }]
  if (!/\.(?:[cm]?[jt]s|tsx|css)$/.test(path)) return matches(content, /^\s*[#;]\s(.*)$/gm)
  const comments = [...matches(content, /(?:^|[\s{(,])\/\*\*?(\s[\s\S]*?)\*\//gm), ...joinedLineComments(content)].map(
    ({ line, text }) => ({ line, text: withoutCode(text.replace(/^[ \t]*\*(?=\s|$)/gm, '')) }),
  )
  return /\.test\.tsx?$|\/test\//.test(path) ? [...comments, ...testTitles(content)] : comments
}

/** Headings, table rows and list items stay on lines of their own. */
function proseOfMarkdown(content: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, '')
  const prose = content
    // The packages that a changeset names.
    .replace(/^---\n[\s\S]*?\n---$/m, blank)
    .replace(/^```[\s\S]*?^```$/gm, blank)
    .replace(/<!--[\s\S]*?-->/g, blank)
  return withoutCode(prose).replace(/\]\([^)]*\)/g, ']')
}

/** A name in code is no prose: a public metric may keep a word that sentences may not use. */
function withoutCode(text: string): string {
  return text.replace(/`[^`\n]*`/g, '`…`')
}

/** A comment over several lines is one passage, so that a phrase is found across its line breaks. */
function joinedLineComments(content: string): Passage[] {
  return matches(content, /((?:(?<=^|\s)\/\/ .*(?:\n[ \t]*(?=\/\/ ))?)+)/gm).map(({ line, text }) => ({
    line,
    text: text.replace(/(?:^|(?<=\n))\s*\/\/ /g, ''),
  }))
}

/** `it('…'`, `describe('…'`, and the second call of `it.each(…)('…'`. */
function testTitles(content: string): Passage[] {
  return [
    ...matches(
      content,
      /\b(?:it|test|describe)(?:\.\w+)*\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g,
    ),
    ...matches(content, /\)\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`),/g),
  ]
}

function matches(content: string, pattern: RegExp): Passage[] {
  return [...content.matchAll(pattern)].map((match) => {
    const text = match.slice(1).find((group) => group !== undefined) ?? ''
    const start = match.index + match[0].indexOf(text)
    return { line: lineAt(content, start), text }
  })
}

/** The number of the line that has this character, counted from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
