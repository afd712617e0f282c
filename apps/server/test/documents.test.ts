import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url)

it.each(['docs/threat-model.md', 'docs/data.md', 'SECURITY.md'])('%s leads nowhere that does not exist', (path) => {
  const document = new URL(path, root)
  const links = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(new URL(link, document)))).toEqual([])
})

it('names for every threat a test that shows its mitigation', () => {
  const text = readFileSync(new URL('docs/threat-model.md', root), 'utf8')
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| threat') && !line.startsWith('| ---'))
  expect(rows.length).toBeGreaterThan(15)
  expect(rows.filter((row) => !/\]\(\S+\.ts\)[^|]*\|$/.test(row))).toEqual([])
})
