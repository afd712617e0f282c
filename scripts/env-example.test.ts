import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfig, VARIABLE_NAMES } from '../apps/server/src/config/load-config.ts'

const text = readFileSync(join(import.meta.dirname, '../.env.example'), 'utf8')
const example = Object.fromEntries(
  [...text.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)
const WITHOUT_DEFAULT = [
  ...['DATABASE_URL', 'RETAIN_FOR', 'REDIRECT_HOSTS', 'ALLOWED_ORIGINS', 'ENCRYPTION_KEYS'],
  ...['VERIFICATION_SECRET', 'VERIFICATION_JWKS_URL', 'VERIFICATION_ISSUER', 'VERIFICATION_AUDIENCE'],
  'PARTNER_ALREADY_WORDS',
  ...['INTERNAL_API_KEYS', 'OPERATOR_API_KEYS', 'WEBHOOK_ENDPOINTS', 'WEBHOOK_SECRETS'],
]

it('.env.example has every variable of the server once, and no other', () => {
  expect([...text.matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name).sort()).toEqual(VARIABLE_NAMES.toSorted())
})

it('.env.example says what each variable or group of variables means, in one line', () => {
  const [, ...groups] = text.trim().split('\n\n')
  for (const group of groups) expect(group).toMatch(/^# [^\n]*[.!]\n(# [A-Z_]+=\S+\n?)+$/)
})

it('.env.example has values that the server takes, all at once', () => {
  expect(loadConfig(example)).toMatchObject({ port: 3000, partnerUrl: 'https://partner.example/' })
})

it('.env.example shows the default of every variable that has one', () => {
  const partner = { PARTNER_URL: example['PARTNER_URL'] }
  const byDefault = loadConfig(partner)
  const shown = Object.entries(example).filter(([name]) => !WITHOUT_DEFAULT.includes(name))
  for (const [name, value] of shown) expect(loadConfig({ ...partner, [name]: value }), name).toEqual(byDefault)
})
