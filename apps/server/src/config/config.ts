import type { TracesConfig } from './traces-of.ts'

/** How the e-mail's confirmation is proven. */
export type Verification =
  | { mode: 'off' }
  | ({ mode: 'hs256'; secret: string } & ProofClaims)
  | ({ mode: 'jwks'; url: string } & ProofClaims)

/** What `iss` and `aud` of a proof must be; undefined: anything. */
interface ProofClaims {
  issuer: string | undefined
  audience: string | undefined
}

/** A caller's key, of which only the SHA-256 is kept. */
export interface NamedKey {
  name: string
  keyHash: Buffer
}

/** 32 bytes, under the name that is stored beside what they encrypt. */
export interface EncryptionKey {
  id: string
  key: Buffer
}

/** So many within so long; undefined where limits are off. */
export type RateLimit = { max: number; perMs: number } | undefined

/** Another app of the operator's own, which is told what becomes of registrations. */
export interface WebhookEndpoint {
  name: string
  url: string
  /** What its messages are signed with, in the form `whsec_…`: two while one replaces the other. */
  secrets: readonly string[]
}

/** The whole environment, checked. Durations in milliseconds. */
export interface Config {
  production: boolean
  port: number
  host: string
  /** The origin under which browsers reach this server. */
  publicOrigin: string
  /** Undefined: an embedded PostgreSQL with its data in `dataDir`. */
  databaseUrl: string | undefined
  databaseSchema: string
  databasePool: number
  migrateOnStart: boolean
  dataDir: string
  partnerUrl: string
  partnerTimeoutMs: number
  partnerUniqueByEmail: boolean
  /** Which traffic parameters the partner gets. */
  partnerTrafficParams: readonly string[]
  /** Further phrases by which the partner says that an e-mail has an account. */
  partnerAlreadyWords: readonly string[]
  /** Calls to the partner at once. */
  partnerConcurrency: number
  probeForMs: number
  requestDeadlineMs: number
  replayForMs: number
  /** After it registrations are deleted; undefined: never. */
  retainForMs: number | undefined
  /** Whether the password that the partner gave is kept. */
  storePartnerPassword: boolean
  redirectHosts: readonly string[]
  allowedOrigins: readonly string[] | '*'
  verification: Verification
  internalKeys: readonly NamedKey[]
  operatorKeys: readonly NamedKey[]
  /** Undefined outside production: made once in `dataDir`. */
  encryptionKeys: readonly [EncryptionKey, ...EncryptionKey[]] | undefined
  trustedProxies: readonly string[]
  rateLimitIp: RateLimit
  rateLimitEmail: RateLimit
  /** Of each internal key. */
  rateLimitInternal: RateLimit
  maxInFlight: number
  webhooks: readonly WebhookEndpoint[]
  logLevel: string
  /** Undefined: there are none. */
  traces: TracesConfig | undefined
}
