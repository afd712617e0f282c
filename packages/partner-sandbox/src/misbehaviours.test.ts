import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { isMisbehaviourName, MISBEHAVIOURS } from './misbehaviours.ts'

it('has exactly the misbehaviours that the README lists', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const [, table = ''] = readme.split('## Misbehaviours')
  const firstColumns = table.split('\n').flatMap((line) => /^\| (`.+?)\s*\|/.exec(line)?.[1] ?? [])
  const listed = firstColumns.flatMap((column) => column.match(/[a-z0-9-]+/g) ?? [])
  expect(listed.sort()).toEqual(Object.keys(MISBEHAVIOURS).sort())
})

it('takes no inherited property for a misbehaviour', () => {
  expect(['reset', 'constructor', '', undefined].map(isMisbehaviourName)).toEqual([true, false, false, false])
})
