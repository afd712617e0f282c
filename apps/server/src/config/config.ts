import type { TracesConfig } from './traces-of.ts'

/** How a caller proves that the visitor confirmed the e-mail. */
export type Verification =
  | { mode: 'off' }
  | ({ mode: 'hs256'; secret: string } & ProofClaims)
  | ({ mode: 'jwks'; url: string } & ProofClaims)

/** Required `iss` and `aud` of a proof; undefined allows any. */
interface ProofClaims {
  issuer: string | undefined
  audience: string | undefined
}

/** A caller's key, stored as its SHA-256 hash. */
export interface NamedKey {
  name: string
  keyHash: Buffer
}

/** A key of 32 bytes. Its id is stored with everything that it encrypts. */
export interface EncryptionKey {
  id: string
  key: Buffer
}

/** At most `max` requests per `perMs`; undefined if the limit is off. */
export type RateLimit = { max: number; perMs: number } | undefined

/** An app of the operator that gets events about registrations. */
export interface WebhookEndpoint {
  name: string
  url: string
  /** Secrets that sign its messages, in the form `whsec_…`; two during a rotation. */
  secrets: readonly string[]
}

/** The validated environment. Durations are in milliseconds. */
export interface Config {
  production: boolean
  port: number
  host: string
  /** The origin under which browsers reach this server. */
  publicOrigin: string
  /** If undefined, the server starts an embedded PostgreSQL with its data in `dataDir`. */
  databaseUrl: string | undefined
  databaseSchema: string
  databasePool: number
  migrateOnStart: boolean
  dataDir: string
  partnerUrl: string
  partnerTimeoutMs: number
  partnerUniqueByEmail: boolean
  /** Traffic parameters that are sent to the partner. */
  partnerTrafficParams: readonly string[]
  /** Additional phrases in which the partner says that an e-mail has an account. */
  partnerAlreadyWords: readonly string[]
  /** Concurrent calls to the partner per process. */
  partnerConcurrency: number
  probeForMs: number
  requestDeadlineMs: number
  replayForMs: number
  /** Age at which registrations are deleted; undefined keeps them. */
  retainForMs: number | undefined
  /** Whether the partner's password is stored. */
  storePartnerPassword: boolean
  redirectHosts: readonly string[]
  allowedOrigins: readonly string[] | '*'
  verification: Verification
  internalKeys: readonly NamedKey[]
  operatorKeys: readonly NamedKey[]
  /** If undefined (outside production only), keys are generated once in `dataDir`. */
  encryptionKeys: readonly [EncryptionKey, ...EncryptionKey[]] | undefined
  trustedProxies: readonly string[]
  rateLimitIp: RateLimit
  rateLimitEmail: RateLimit
  /** Per internal key. */
  rateLimitInternal: RateLimit
  maxInFlight: number
  webhooks: readonly WebhookEndpoint[]
  logLevel: string
  /** Undefined if traces are off. */
  traces: TracesConfig | undefined
}
