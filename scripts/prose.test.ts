import { globSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProblems } from './prose/find-problems.ts'

const root = join(import.meta.dirname, '..')

/** Changelogs say what was released, in the words of then. The dictionary and its test quote what they forbid. */
const EXEMPT = ['**/CHANGELOG.md', 'scripts/prose.test.ts', 'scripts/prose/**']

const GENERATED = new Set(['node_modules', 'dist', 'publish', '.turbo', '.cache'])
const paths = globSync(
  [
    '*.{md,yaml,json,ts}',
    'Dockerfile',
    '.env.example',
    '.changeset/*.md',
    '.github/workflows/*.yml',
    'docs/*.md',
    'ops/**/*.{yaml,cfg,ini}',
    '{apps,packages,bench,scripts}/**/*.{ts,tsx,cts,mts,cjs,mjs,css,md}',
  ],
  { cwd: root, exclude: (name) => GENERATED.has(name.split('/').at(-1) ?? '') },
).filter((path) => !matchesAny(path, EXEMPT))

function matchesAny(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matchesGlob(path, glob))
}

const problemsOf = (path: string) => findProblems(path, readFileSync(join(root, path), 'utf8'))

it('documents, changesets, comments and test titles have no phrase of the dictionary', () => {
  expect(paths.length).toBeGreaterThan(500)
  expect(paths.flatMap(problemsOf)).toEqual([])
})

describe('the dictionary', () => {
  it.each([
    ['a document', 'x.md', 'One.\n\nWhoever\nhas it.\n', ['x.md:3: "Whoever"']],
    ['a phrase across a line break', 'x.md', 'It lasts for\never.\n', ['x.md:1: "for ever"']],
    ['a line comment', 'x.ts', 'const a = 1 // kept for ever\n', ['x.ts:1: "for ever"']],
    ['line comments that belong together', 'x.ts', '  // kept for\n  // ever\n', ['x.ts:1: "for ever"']],
    ['a block comment', 'x.ts', '\n/**\n * Kept for\n * ever.\n */\n', ['x.ts:3: "for ever"']],
    ['a title', 'x.test.ts', "it('lasts for ever', () => {})\n", ['x.test.ts:1: "for ever"']],
    ['a title of many tests', 'x.test.ts', "it.each([1])('lasts for ever', () => {})\n", ['x.test.ts:1: "for ever"']],
    ['a comment in YAML', 'x.yaml', 'a: 1\n# for ever\n', ['x.yaml:2: "for ever"']],
  ])('is applied to %s', (_, path, content, expected) => {
    expect(findProblems(path, content).map((problem) => problem.replace(/: [^"]*$/, ''))).toEqual(
      expected.map((start) => expect.stringContaining(start)),
    )
  })

  it.each([
    ['code in a document', 'x.md', '```ts\nfor ever\n```\nand `for ever`\n'],
    ['the address of a link', 'x.md', '[a link](for ever)\n'],
    ['code', 'x.ts', "const forEver = 'for ever'\n"],
    ['a name in a comment', 'x.ts', '// `door` is the label\n'],
    ['an address', 'x.ts', "const url = 'https://example.com/doors'\n"],
  ])('is not applied to %s', (_, path, content) => {
    expect(findProblems(path, content)).toEqual([])
  })
})
