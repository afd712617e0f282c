import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, type Environment, loadConfig, VARIABLE_NAMES } from '../apps/server/src/config/load-config.ts'

const document = readFileSync(join(import.meta.dirname, '../docs/configuration.md'), 'utf8')

/** The rows of all tables of variables: the name, and the default as it is written. */
const rows = [...document.matchAll(/^\| `([A-Z][A-Z_]+)` +\| (.*?) +\|/gm)].map(([, name = '', byDefault = '']) => ({
  name,
  byDefault,
}))
/** Those whose default is a value. A default in words has no code, and `PUBLIC_URL`'s is made of other variables. */
const withDefault = rows.flatMap(({ name, byDefault }) => {
  const [, value] = /^`([^`]+)`$/.exec(byDefault) ?? []
  return value === undefined || name === 'PUBLIC_URL' ? [] : [{ name, value }]
})

/** The blocks of settings, in their order; the first one is the production environment. */
const blocks = [...document.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) =>
  Object.fromEntries(
    [...block.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, withSecrets(value)]),
  ),
)
const partner = { PARTNER_URL: 'https://partner.example' }

function withSecrets(value: string): string {
  return value.replaceAll('$(openssl rand -base64 32)', Buffer.alloc(32, 1).toString('base64'))
}

/** The names of the variables that `loadConfig` objects to. */
function refusedIn(env: Environment): string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => problem.split(':')[0] ?? '')
  }
}

describe('docs/configuration.md', () => {
  it('has one row for every variable, and none for a variable that does not exist', () => {
    expect(rows.map(({ name }) => name).toSorted()).toEqual(VARIABLE_NAMES.toSorted())
  })

  it('shows the default of at least half of the variables as a value', () => {
    expect(withDefault.length).toBeGreaterThan(VARIABLE_NAMES.length / 2)
  })

  it.each(withDefault)('says that the default of $name is $value, as it is', ({ name, value }) => {
    expect(loadConfig({ ...partner, [name]: value })).toEqual(loadConfig(partner))
  })

  it('lists exactly the variables that production requires', () => {
    const [, section = ''] = /^## What production requires\n(.*?)^## /ms.exec(document) ?? []
    const listed = [...section.matchAll(/^- `([A-Z_]+)`/gm)].map(([, name]) => name)
    expect(listed.toSorted()).toEqual(refusedIn({ NODE_ENV: 'production' }).toSorted())
  })

  it('shows a production environment that the server accepts', () => {
    expect(blocks[0]).toMatchObject({ NODE_ENV: 'production' })
    expect(refusedIn(blocks[0] ?? {})).toEqual([])
  })

  it.each(blocks.slice(1))('shows settings that the server accepts: %o', (block) => {
    expect(refusedIn({ ...partner, ...block })).toEqual([])
  })
})
