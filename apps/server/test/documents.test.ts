import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)
const documents = globSync(['*.md', 'docs/*.md', '{apps,packages}/*/README.md'], { cwd: root })

/** As the forge and editors make it: `#what-is-sent`. */
function anchorsOf(document: URL): Set<string> {
  const headings = readFileSync(document, 'utf8').matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}

it.each(documents)('%s leads nowhere that does not exist, to no file and to no heading', (path) => {
  const document = new URL(path, root)
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link)
  const astray = links.filter((link) => {
    const target = new URL(link, document)
    const anchor = target.hash.slice(1)
    target.hash = ''
    return !existsSync(target) || (anchor !== '' && !anchorsOf(target).has(anchor))
  })
  expect(astray).toEqual([])
})

it('names for every threat a test that shows its mitigation', () => {
  const text = readFileSync(new URL('docs/threat-model.md', root), 'utf8')
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| threat') && !line.startsWith('| ---'))
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter((row) => !/\]\(\S+\.ts\)[^|]*\|$/.test(row))).toEqual([])
})
