import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import type { Config, Verification } from './config.ts'
import {
  duration,
  encryptionKeys,
  hosts,
  httpUrl,
  identifier,
  integer,
  namedKeys,
  origins,
  parameterNames,
  phrases,
  postgresUrl,
  proxies,
  rateLimit,
  webhookEndpoints,
  webhookSecrets,
  yesOrNo,
} from './parsers.ts'
import { similarNames } from './similar-names.ts'
import { tracesOf } from './traces-of.ts'

/** Environment variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Lists every problem of the environment, each with its remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The environment can't be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const variables = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test'], 'must be production, development, test or unset').optional(),
  PORT: integer(0, 65_535).default(3000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_SCHEMA: identifier.optional(),
  DATABASE_POOL: integer(1, 1_000).default(10),
  MIGRATE_ON_START: yesOrNo.default(true),
  DATA_DIR: z.string().default('.data'),
  PARTNER_URL: httpUrl.optional(),
  PARTNER_TIMEOUT_MS: integer(1, 600_000).default(15_000),
  PARTNER_UNIQUE_BY_EMAIL: yesOrNo.default(true),
  PARTNER_TRAFFIC_PARAMS: parameterNames.default(['tag', 'pb', 'click_id', 'custom_login_link']),
  PARTNER_ALREADY_WORDS: phrases.default([]),
  PARTNER_CONCURRENCY: integer(1, 65_535).default(1_000),
  PROBE_FOR: duration.default(24 * 3_600_000),
  REQUEST_DEADLINE_MS: integer(1, 600_000).default(25_000),
  REPLAY_FOR: duration.default(24 * 3_600_000),
  RETAIN_FOR: duration.optional(),
  STORE_PARTNER_PASSWORD: yesOrNo.default(true),
  REDIRECT_HOSTS: hosts.default([]),
  ALLOWED_ORIGINS: origins.default([]),
  VERIFICATION: z.enum(['off', 'hs256', 'jwks'], 'must be off, hs256 or jwks').optional(),
  VERIFICATION_SECRET: z.string().optional(),
  VERIFICATION_JWKS_URL: httpUrl.optional(),
  VERIFICATION_ISSUER: z.string().optional(),
  VERIFICATION_AUDIENCE: z.string().optional(),
  INTERNAL_API_KEYS: namedKeys.default([]),
  OPERATOR_API_KEYS: namedKeys.default([]),
  ENCRYPTION_KEYS: encryptionKeys.optional(),
  TRUSTED_PROXIES: proxies.optional(),
  RATE_LIMIT_IP: rateLimit.default({ limit: { max: 30, perMs: 60_000 } }),
  RATE_LIMIT_EMAIL: rateLimit.default({ limit: { max: 10, perMs: 3_600_000 } }),
  RATE_LIMIT_INTERNAL: rateLimit.default({ limit: { max: 6_000, perMs: 60_000 } }),
  MAX_IN_FLIGHT: integer(1, 1_000_000).default(5_000),
  WEBHOOK_ENDPOINTS: webhookEndpoints.default([]),
  WEBHOOK_SECRETS: webhookSecrets.default([]),
  LOG_LEVEL: z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info'),
})

/** The names of all variables. */
export const VARIABLE_NAMES = Object.keys(variables.shape)

type Variables = z.output<typeof variables>

/**
 * Validates the environment.
 *
 * @param env the variables by name; an empty one counts as unset
 * @param options.defaultSchema `public` for the standalone server; `registration` for the plugin, whose host has tables
 * @param options.databaseRequired whether `DATABASE_URL` must be set, because no embedded database can be started
 * @throws ConfigError with all problems
 */
export function loadConfig(env: Environment, { defaultSchema = 'public', databaseRequired = false } = {}): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = variables.safeParse(given)
  const malformed = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`) ?? []
  const misspelt = similarNames(Object.keys(given), VARIABLE_NAMES)
  const problems = [
    ...misspelt.map(([name, meant]) => `${name}: is not a variable of this server; did you mean ${meant}?`),
    ...malformed,
    ...missing(given, databaseRequired),
    ...(parsed.data ? inconsistent(parsed.data) : []),
  ]
  if (!parsed.data || problems.length > 0) throw new ConfigError(problems)
  return { ...configOf(parsed.data, defaultSchema), traces: tracesOf(env) }
}

/** Missing variables: those without a default, and those that production must set explicitly. */
function missing(given: Record<string, string | undefined>, databaseRequired: boolean): string[] {
  const remedies: Record<string, string> = { PARTNER_URL: "the partner's base URL, such as https://partner.example" }
  const production = given['NODE_ENV'] === 'production'
  if (production || databaseRequired) remedies['DATABASE_URL'] = 'postgres://user:password@host/database'
  if (production) {
    Object.assign(remedies, {
      VERIFICATION: 'hs256 or jwks, or off to take e-mails without a proof',
      ENCRYPTION_KEYS:
        'a comma list of id:base64 of 32 bytes (openssl rand -base64 32); what it encrypts is lost without it',
      TRUSTED_PROXIES: 'the addresses of your load balancer, or none where browsers connect directly',
    })
  }
  return Object.entries(remedies)
    .filter(([name]) => given[name] === undefined)
    .map(([name, remedy]) => `${name}: is missing; set it to ${remedy}.`)
}

/** Valid values that contradict each other or are unsafe in production. */
function inconsistent(given: Variables): string[] {
  const problems: string[] = []
  const production = given.NODE_ENV === 'production'
  if (!given.VERIFICATION && !production && !isLoopback(given.HOST)) {
    problems.push(
      `VERIFICATION: is missing; HOST=${given.HOST} can be reached by other machines, so set it to hs256 or jwks, or to off to take e-mails without a proof.`,
    )
  }
  for (const name of ['PUBLIC_URL', 'PARTNER_URL', 'VERIFICATION_JWKS_URL'] as const) {
    const url = given[name]
    if (production && url && !isEncryptedOrLocal(url))
      problems.push(`${name}: must begin with https:// in production, unless it is this machine.`)
  }
  if (production && given.ALLOWED_ORIGINS === '*') {
    problems.push('ALLOWED_ORIGINS: must not be * in production; list the origins of your pages.')
  }
  if (given.VERIFICATION === 'hs256' && !given.VERIFICATION_SECRET) {
    problems.push('VERIFICATION_SECRET: is missing; VERIFICATION=hs256 needs the secret that signs the proofs.')
  }
  if (given.VERIFICATION === 'hs256' && production && (given.VERIFICATION_SECRET?.length ?? 32) < 32) {
    problems.push('VERIFICATION_SECRET: is too short to be safe; use at least 32 characters.')
  }
  if (given.VERIFICATION === 'hs256' && /^\s|[\r\n]|\s$/.test(given.VERIFICATION_SECRET ?? '')) {
    problems.push(
      'VERIFICATION_SECRET: begins or ends with a space or a line break, which the service that signs the proofs probably does not use; remove it.',
    )
  }
  if (given.VERIFICATION === 'jwks' && production) {
    for (const name of ['VERIFICATION_ISSUER', 'VERIFICATION_AUDIENCE'] as const) {
      if (given[name] === undefined)
        problems.push(`${name}: is missing; in production VERIFICATION=jwks needs it, since others use the same keys.`)
    }
  }
  if (given.VERIFICATION === 'jwks' && !given.VERIFICATION_JWKS_URL) {
    problems.push('VERIFICATION_JWKS_URL: is missing; VERIFICATION=jwks needs the address of the public keys.')
  }
  if (given.RETAIN_FOR !== undefined && given.RETAIN_FOR < Math.max(given.REPLAY_FOR, given.PROBE_FOR)) {
    problems.push('RETAIN_FOR: must not be shorter than REPLAY_FOR and PROBE_FOR, which need the rows that it deletes.')
  }
  return [...problems, ...inconsistentWebhooks(given, production)]
}

function inconsistentWebhooks(
  { WEBHOOK_ENDPOINTS: endpoints, WEBHOOK_SECRETS: secrets }: Variables,
  production: boolean,
) {
  const problems: string[] = []
  for (const { name, url } of endpoints) {
    const count = secrets.filter((secret) => secret.name === name).length
    if (count < 1 || count > 2)
      problems.push(`WEBHOOK_SECRETS: must hold one secret for the endpoint ${name}, or two while it is replaced.`)
    if (production && !isEncryptedOrLocal(new URL(url)))
      problems.push(`WEBHOOK_ENDPOINTS: the endpoint ${name} must be https in production.`)
  }
  const unmatched = secrets.filter((secret) => !endpoints.some(({ name }) => name === secret.name))
  for (const name of new Set(unmatched.map((secret) => secret.name)))
    problems.push(`WEBHOOK_SECRETS: names ${name}, which is none of WEBHOOK_ENDPOINTS.`)
  return problems
}

function configOf(given: Variables, defaultSchema: string): Omit<Config, 'traces'> {
  return {
    production: given.NODE_ENV === 'production',
    port: given.PORT,
    host: given.HOST,
    publicOrigin: (given.PUBLIC_URL ?? new URL(`http://${bracketed(given.HOST)}:${given.PORT}`)).origin,
    databaseUrl: given.DATABASE_URL,
    databaseSchema: given.DATABASE_SCHEMA ?? defaultSchema,
    databasePool: given.DATABASE_POOL,
    migrateOnStart: given.MIGRATE_ON_START,
    dataDir: given.DATA_DIR,
    // `missing` has already reported its absence.
    partnerUrl: given.PARTNER_URL?.href ?? '',
    partnerTimeoutMs: given.PARTNER_TIMEOUT_MS,
    partnerUniqueByEmail: given.PARTNER_UNIQUE_BY_EMAIL,
    partnerTrafficParams: given.PARTNER_TRAFFIC_PARAMS,
    partnerAlreadyWords: given.PARTNER_ALREADY_WORDS,
    partnerConcurrency: given.PARTNER_CONCURRENCY,
    probeForMs: given.PROBE_FOR,
    requestDeadlineMs: given.REQUEST_DEADLINE_MS,
    replayForMs: given.REPLAY_FOR,
    retainForMs: given.RETAIN_FOR,
    storePartnerPassword: given.STORE_PARTNER_PASSWORD,
    redirectHosts: given.REDIRECT_HOSTS,
    allowedOrigins: given.ALLOWED_ORIGINS,
    verification: verificationOf(given),
    internalKeys: given.INTERNAL_API_KEYS,
    operatorKeys: given.OPERATOR_API_KEYS,
    encryptionKeys: given.ENCRYPTION_KEYS,
    trustedProxies: given.TRUSTED_PROXIES ?? [],
    rateLimitIp: given.RATE_LIMIT_IP.limit,
    rateLimitEmail: given.RATE_LIMIT_EMAIL.limit,
    rateLimitInternal: given.RATE_LIMIT_INTERNAL.limit,
    maxInFlight: given.MAX_IN_FLIGHT,
    webhooks: given.WEBHOOK_ENDPOINTS.map(({ name, url }) => ({
      name,
      url,
      secrets: given.WEBHOOK_SECRETS.filter((secret) => secret.name === name).map(({ secret }) => secret),
    })),
    logLevel: given.LOG_LEVEL,
  }
}

function verificationOf(given: Variables): Verification {
  const claims = { issuer: given.VERIFICATION_ISSUER, audience: given.VERIFICATION_AUDIENCE }
  switch (given.VERIFICATION) {
    case 'hs256':
      return { mode: 'hs256', secret: given.VERIFICATION_SECRET ?? '', ...claims }
    case 'jwks':
      return { mode: 'jwks', url: given.VERIFICATION_JWKS_URL?.href ?? '', ...claims }
    default:
      return { mode: 'off' }
  }
}

function isEncryptedOrLocal({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback')
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
