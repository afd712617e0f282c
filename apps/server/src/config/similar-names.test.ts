import { expect, it } from 'vitest'
import { VARIABLE_NAMES } from './load-config.ts'
import { similarNames } from './similar-names.ts'

it.each([
  ['DATABASE_URI', 'DATABASE_URL'],
  ['DATABASEURL', 'DATABASE_URL'],
  ['partner_url', 'PARTNER_URL'],
  ['PARTNER-URL', 'PARTNER_URL'],
  ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
  ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
  ['TRUSTED_PROXYS', 'TRUSTED_PROXIES'],
  ['ENCRYPTION_KEY', 'ENCRYPTION_KEYS'],
  ['OPERATOR_API_KEY', 'OPERATOR_API_KEYS'],
  ['VERIFICATION_JWK_URL', 'VERIFICATION_JWKS_URL'],
  ['Port', 'PORT'],
])('%s is taken for a misspelt %s', (name, meant) => {
  expect(similarNames([name], VARIABLE_NAMES)).toEqual([[name, meant]])
})

it.each([
  ...[
    'HOME',
    'HOSTNAME',
    'PORTS',
    'POST',
    'PATH',
    'LANG',
    'NODE_OPTIONS',
    'OTEL_SERVICE_NAME',
    'PGHOST',
    'npm_config_port',
  ],
  // Kubernetes sets these for each service, here named database and partner.
  ...['DATABASE_PORT', 'DATABASE_SERVICE_HOST', 'PARTNER_PORT', 'PARTNER_PORT_80_TCP', 'REGISTRATION_SERVICE_PORT'],
])('%s belongs to another program', (name) => {
  expect(similarNames([name], VARIABLE_NAMES)).toEqual([])
})
