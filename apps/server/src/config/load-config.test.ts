import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, VARIABLE_NAMES } from './load-config.ts'

const partner = { PARTNER_URL: 'https://partner.example' }
const key = `k1:${Buffer.alloc(32, 1).toString('base64')}`

const PRODUCTION = {
  ...partner,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://u:p@db/app',
  VERIFICATION: 'off',
  ENCRYPTION_KEYS: key,
  TRUSTED_PROXIES: 'none',
}

function problems(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('loadConfig', () => {
  it('outside production only the partner is required', () => {
    expect(loadConfig(partner)).toMatchObject({
      production: false,
      publicOrigin: 'http://127.0.0.1:3000',
      databaseUrl: undefined,
      databaseSchema: 'public',
      partnerTimeoutMs: 15_000,
      probeForMs: 86_400_000,
      verification: { mode: 'off' },
      rateLimitIp: { max: 30, perMs: 60_000 },
      rateLimitEmail: { max: 10, perMs: 3_600_000 },
    })
  })

  it('all problems are listed at once, each with its remedy', () => {
    const found = problems({ PORT: 'http', DATABASE_URL: 'mysql://x', VERIFICATION: 'hs256', PROBE_FOR: 'long' })
    expect(found).toEqual([
      'PORT: must be a whole number from 0 to 65535.',
      'DATABASE_URL: must be a URL that begins with postgres:// or postgresql://; several hosts are separated by commas, and mean the one that takes writes (target_session_attrs=read-write).',
      'PROBE_FOR: must be a duration such as 30s, 15min, 24h or 7d.',
      "PARTNER_URL: is missing; set it to the partner's base URL, such as https://partner.example.",
    ])
  })

  it('problems contain no values, since a value may be a misplaced secret', () => {
    const secret = 'postgress://ann:secret-of-ann@host/x'
    const settable = VARIABLE_NAMES.filter((name) => !['NODE_ENV', 'HOST', 'DATA_DIR'].includes(name))
    const found = problems(Object.fromEntries(settable.map((name) => [name, secret])))
    expect(found.length).toBeGreaterThan(20)
    expect(found.join('\n')).not.toContain('secret-of-ann')
  })

  it('RETAIN_FOR must not be shorter than REPLAY_FOR or PROBE_FOR', () => {
    expect(problems({ ...partner, RETAIN_FOR: '12h' })).toEqual([
      'RETAIN_FOR: must not be shorter than REPLAY_FOR and PROBE_FOR, which need the rows that it deletes.',
    ])
    expect(loadConfig({ ...partner, RETAIN_FOR: '30d' }).retainForMs).toBe(30 * 86_400_000)
    expect(loadConfig(partner).retainForMs).toBeUndefined()
  })

  it('production requires the variables that matter for security', () => {
    const found = problems({ ...partner, NODE_ENV: 'production' })
    expect(found.map((problem) => problem.split(':')[0])).toEqual([
      'DATABASE_URL',
      'VERIFICATION',
      'ENCRYPTION_KEYS',
      'TRUSTED_PROXIES',
    ])
  })

  it('production accepts a complete environment', () => {
    const env = PRODUCTION
    expect(loadConfig(env).encryptionKeys?.[0].id).toBe('k1')
    expect(problems({ ...env, ALLOWED_ORIGINS: '*' })).toEqual([expect.stringContaining('ALLOWED_ORIGINS')])
  })

  it.each([
    ['PARTNER_URL', 'http://partner.example'],
    ['PARTNER_URL', 'http://10.0.0.7'],
    ['PUBLIC_URL', 'http://reg.example.com'],
    ['VERIFICATION_JWKS_URL', 'http://keys.example/jwks.json'],
    ['WEBHOOK_ENDPOINTS', 'crm:http://crm.example'],
  ])('production refuses %s=%s, which is neither https nor this machine', (name, value) => {
    const endpoint = { WEBHOOK_SECRETS: `crm:whsec_${Buffer.alloc(32, 1).toString('base64')}` }
    const more = { [name]: value, ...(name === 'WEBHOOK_ENDPOINTS' ? endpoint : {}) }
    expect(problems({ ...PRODUCTION, ...more })).toEqual([expect.stringMatching(new RegExp(`^${name}: .*https`))])
    const local = value.replace(/\/\/[^/]+/, '//localhost:8080')
    expect(problems({ ...PRODUCTION, ...more, [name]: local })).toEqual([])
    expect(problems({ ...PRODUCTION, ...more, [name]: value.replace('http:', 'https:') })).toEqual([])
  })

  it.each(['0.0.0.0', '::', '192.0.2.7', 'reg.internal'])('HOST=%s requires VERIFICATION to be set', (HOST) => {
    expect(problems({ ...partner, HOST })).toEqual([expect.stringMatching(/^VERIFICATION: is missing; HOST=/)])
    expect(problems({ ...partner, HOST, VERIFICATION: 'off' })).toEqual([])
  })

  it.each(['127.0.0.1', '::1', 'localhost', '127.8.0.1'])('HOST=%s needs no VERIFICATION', (HOST) => {
    expect(problems({ ...partner, HOST })).toEqual([])
  })

  it('a misspelt variable is a problem that names the right one', () => {
    expect(problems({ ...partner, TRUSTED_PROXY: '10.0.0.1' })).toEqual([
      'TRUSTED_PROXY: is not a variable of this server; did you mean TRUSTED_PROXIES?',
    ])
  })

  it.each([
    ['PORT', '70000'],
    ['PUBLIC_URL', 'ftp://x'],
    ['DATABASE_SCHEMA', 'Robert"; drop table'],
    ['MIGRATE_ON_START', 'maybe'],
    ['PARTNER_URL', 'partner.example'],
    ['RATE_LIMIT_IP', '30 per minute'],
    ['RATE_LIMIT_EMAIL', '0/hour'],
    ['REDIRECT_HOSTS', 'https://partner.example'],
    ['ALLOWED_ORIGINS', 'https://example.com/page'],
    ['ALLOWED_ORIGINS', 'https://example.com, null'],
    ['VERIFICATION', 'none'],
    ['INTERNAL_API_KEYS', 'app:short'],
    ['INTERNAL_API_KEYS', 'app:0123456789abcdef,app:0123456789abcdeg'],
    ['ENCRYPTION_KEYS', 'k1:dG9vIHNob3J0'],
    ['ENCRYPTION_KEYS', `${key},${key}`],
    ['TRUSTED_PROXIES', 'true'],
    ['TRUSTED_PROXIES', '10.0.0.1, 0.0.0.0/0'],
    ['TRUSTED_PROXIES', '::/0'],
    ['ENCRYPTION_KEYS', `k1:${Buffer.alloc(32).toString('base64')}`],
    ['NODE_ENV', 'prod'],
    ['PARTNER_URL', 'https://:secret@partner.example'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is a problem that names the variable', (name, value) => {
    expect(problems({ ...partner, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: must`))])
  })

  it('an empty variable counts as unset', () => {
    expect(loadConfig({ ...partner, DATABASE_URL: '', PORT: '' }).port).toBe(3000)
  })

  it('keys of internal apps are kept as hashes only', () => {
    const { internalKeys } = loadConfig({ ...partner, INTERNAL_API_KEYS: 'crm:0123456789abcdef' })
    expect(internalKeys.map(({ name }) => name)).toEqual(['crm'])
    expect(JSON.stringify(internalKeys)).not.toContain('0123456789abcdef')
  })
})

describe('WEBHOOK_ENDPOINTS and WEBHOOK_SECRETS', () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  const other = `whsec_${Buffer.alloc(32, 2).toString('base64')}`
  const env = { PARTNER_URL: 'https://partner.example' }
  const load = (endpoints: string, secrets: string) =>
    loadConfig({ ...env, WEBHOOK_ENDPOINTS: endpoints, WEBHOOK_SECRETS: secrets }).webhooks

  it('are matched by name', () => {
    expect(loadConfig(env).webhooks).toEqual([])
    expect(load('crm:https://a.example/x, mail:http://b.example', `mail:${secret},crm:${secret},crm:${other}`)).toEqual(
      [
        { name: 'crm', url: 'https://a.example/x', secrets: [secret, other] },
        { name: 'mail', url: 'http://b.example/', secrets: [secret] },
      ],
    )
  })

  it.each([
    ['crm:https://a.example', '', 'one secret for the endpoint crm'],
    ['crm:https://a.example', `crm:${secret},crm:${other},crm:${secret}`, 'or two'],
    ['crm:https://a.example', `crm:${secret},mail:${secret}`, 'names mail'],
    ['crm:https://a.example', 'crm:whsec_c2hvcnQ=', '24 to 64 random bytes'],
    ['crm:https://u:p@a.example', `crm:${secret}`, 'without a user'],
    ['crm:ftp://a.example', `crm:${secret}`, 'name:https'],
    ['crm:https://a.example,crm:https://b.example', `crm:${secret}`, 'different names'],
  ])('%s with %s is a problem', (endpoints, secrets, problem) => {
    expect(() => load(endpoints, secrets)).toThrow(problem)
  })

  it('must be https in production', () => {
    const production = { ...env, NODE_ENV: 'production', DATABASE_URL: 'postgres://h/d', VERIFICATION: 'off' }
    const rest = { TRUSTED_PROXIES: 'none', ENCRYPTION_KEYS: `k:${Buffer.alloc(32, 1).toString('base64')}` }
    const given = { WEBHOOK_ENDPOINTS: 'crm:http://a.example', WEBHOOK_SECRETS: `crm:${secret}` }
    expect(() => loadConfig({ ...production, ...rest, ...given })).toThrow('must be https in production')
  })
})
