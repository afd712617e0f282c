import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { REGISTRATION_STATUSES } from '../src/registration/registration.ts'

const root = new URL('../../../', import.meta.url)
const documents = globSync(['*.md', 'docs/*.md', '{apps,packages}/*/README.md'], { cwd: root })

/** The anchors of the headings, as GitHub and editors derive them: `#what-is-sent`. */
function anchorsOf(document: URL): Set<string> {
  const headings = readFileSync(document, 'utf8').matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

it.each(documents)('%s links only to files and headings that exist', (path) => {
  const document = new URL(path, root)
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link)
  const broken = links.filter((link) => {
    const target = new URL(link, document)
    const anchor = target.hash.slice(1)
    target.hash = ''
    return !existsSync(target) || (anchor !== '' && !anchorsOf(target).has(anchor))
  })
  expect(broken).toEqual([])
})

it('the threat model names a test for every threat', () => {
  const text = readFileSync(new URL('docs/threat-model.md', root), 'utf8')
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| threat') && !line.startsWith('| ---'))
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter((row) => !/\]\(\S+\.ts\)[^|]*\|$/.test(row))).toEqual([])
})

it('docs/adding-a-partner.md quotes the partner port of the code', () => {
  const guide = readFileSync(new URL('docs/adding-a-partner.md', root), 'utf8')
  const port = readFileSync(new URL('apps/server/src/registration/partner.ts', root), 'utf8')
  const [, block = ''] = /^```ts\n(.*?)^```$/ms.exec(guide) ?? []
  expect(block.trim().split('\n').length).toBeGreaterThan(2)
  for (const line of block.trim().split('\n')) expect(port).toContain(line)
})

it('docs/README.md links to every document, the README and the security policy', () => {
  const index = readFileSync(new URL('docs/README.md', root), 'utf8')
  const linked = [...index.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => new URL(link, new URL('docs/', root)).href)
  const wanted = globSync(['README*.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/*.md'], { cwd: root })
  const missing = wanted.filter((path) => path !== 'docs/README.md' && !linked.includes(new URL(path, root).href))
  expect(missing).toEqual([])
})

it('the glossary defines each term once, and every state of a registration', () => {
  const glossary = readFileSync(new URL('docs/glossary.md', root), 'utf8')
  const terms = [...glossary.matchAll(/^### (.*)$/gm)].map(([, term = '']) => term.toLowerCase())
  expect(terms.length).toBeGreaterThan(15)
  expect(new Set(terms).size).toBe(terms.length)
  const states = [...glossary.matchAll(/^\| `(\w+)`/gm)].map(([, state]) => state)
  expect(states.toSorted()).toEqual(REGISTRATION_STATUSES.toSorted())
})

describe('the runbook and the description of the log', () => {
  const texts = ['docs/runbook.md', 'docs/observability.md'].map((path) => readFileSync(new URL(path, root), 'utf8'))
  const code = texts.flatMap((text) =>
    [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replace(/\s+/g, ' ')),
  )

  it('quote only log lines that the server writes', () => {
    const sources = globSync('apps/server/src/**/*.ts', { cwd: root })
      .map((path) => readFileSync(new URL(path, root), 'utf8'))
      .join('\n')
    const isSentence = (span: string) => /^[a-z]+(?: [a-z:]+){3,}$/.test(span) && !span.startsWith('registration ')
    const quoted = code.filter(isSentence)
    expect(quoted.length).toBeGreaterThan(5)
    expect(quoted.filter((sentence) => !sources.includes(sentence))).toEqual([])
  })

  it('name only metrics that the table of metrics has', () => {
    const [, observability = ''] = texts
    const known = new Set([...observability.matchAll(/^\| `(registration_\w+)`/gm)].map(([, name]) => name))
    const tables = readFileSync(new URL('docs/data.md', root), 'utf8')
    const named = code.flatMap((span) => span.match(/^registration_\w+/) ?? [])
    expect(named.filter((name) => !known.has(name) && !tables.includes(`## \`${name}\``))).toEqual([])
  })
})
