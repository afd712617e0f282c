import { expect, it } from 'vitest'
import { plainJson } from './plain-json.ts'

const written = (value: unknown) => JSON.parse(JSON.stringify({ value: plainJson(value) })).value

it('is written as JSON says it', () => {
  const value = { a: [1, 'b', true, null, { c: [] }], d: new Date(0), e: 1.5 }
  expect(written(value)).toEqual(JSON.parse(JSON.stringify(value)))
})

it('leaves out what JSON cannot say, and what contains itself', () => {
  const value: Record<string, unknown> = {
    f: () => 1,
    s: Symbol('s'),
    u: undefined,
    big: 7n,
    n: 1,
    bad: new Date(Number.NaN),
  }
  value['self'] = value
  const copy = written(value)
  expect(copy).toMatchObject({ n: 1, big: '7' })
  expect(Object.keys(copy).sort()).toEqual(['big', 'n', 'self'])
})

it('loses only the field whose getter throws', () => {
  const value = {
    n: 1,
    get broken() {
      throw new Error('no')
    },
  }
  expect(written(value)).toEqual({ n: 1 })
})
