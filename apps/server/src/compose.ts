import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Logger } from 'pino'
import type { Config } from './config/config.ts'
import { createIdentifyCaller, type IdentifyCaller } from './http/caller.ts'
import { createInFlight } from './http/in-flight.ts'
import { createRegistrationApi, type RegistrationApi } from './http/registration-api.ts'
import { createPartner } from './partner/create-partner.ts'
import { createPartnerSlots } from './partner/create-partner-slots.ts'
import { redirectHosts } from './partner/redirect-hosts.ts'
import { processClock } from './process-clock.ts'
import { leaseMs } from './registration/policy.ts'
import type { RegistrationPorts } from './registration/ports.ts'
import { createRetryPauses } from './registration/retry-pauses.ts'
import { createWatch } from './registration/watch.ts'
import { createStore, type OnSettled } from './store/create-store.ts'
import type { Database } from './store/database.ts'
import { developmentKeys } from './store/development-keys.ts'
import { migrate } from './store/migrate.ts'
import { createPool } from './store/pool.ts'
import { createSecretBox } from './store/secret-box.ts'
import { createVerifier } from './verification/create-verifier.ts'

/** A configuration that names its database. */
export type ComposableConfig = Config & { databaseUrl: string }

/** What a service of its own and a host's plugin have in common: the rooms, joined. */
export interface Orchestrator {
  api: RegistrationApi
  identifyCaller: IdentifyCaller
  /** Brings the database up to date. @throws Error when it can't be reached or migrated */
  start(): Promise<void>
  /** Whether registrations can be taken now. */
  isReady(): Promise<boolean>
  /** Takes no more, finishes what is under way, and closes every connection. */
  stop(): Promise<void>
}

/** The one place that creates anything with a connection. */
export function compose(config: ComposableConfig, log: Logger, onSettled?: OnSettled): Orchestrator {
  const policy = {
    partnerTimeoutMs: config.partnerTimeoutMs,
    uniqueByEmail: config.partnerUniqueByEmail,
    probeForMs: config.probeForMs,
    requestDeadlineMs: config.requestDeadlineMs,
  }
  const pool = createPool({
    url: config.databaseUrl,
    max: config.databasePool,
    onError: (err) => log.warn({ err }, 'a database connection was lost'),
  })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const store = createStore({
    db,
    schema: config.databaseSchema,
    box: createSecretBox(config.encryptionKeys ?? developmentKeys(config.dataDir)),
    leaseMs: leaseMs(policy),
    replayForMs: config.replayForMs,
    onSettled,
  })
  const partner = createPartner({
    url: config.partnerUrl,
    timeoutMs: config.partnerTimeoutMs,
    connections: config.partnerConcurrency,
    isAllowedHost: redirectHosts(config.redirectHosts),
  })
  const inFlight = createInFlight(config.maxInFlight)
  const ports: RegistrationPorts = {
    store,
    partner,
    slots: createPartnerSlots(config.partnerConcurrency),
    watch: createWatch((id) => store.get(id), processClock),
    clock: processClock,
    pauses: createRetryPauses(),
    policy,
    keep: inFlight.keep,
  }
  let ready = false

  return {
    api: createRegistrationApi(ports, createVerifier(config.verification), inFlight),
    identifyCaller: createIdentifyCaller(config),
    async start() {
      if (config.verification.mode === 'off') log.warn('VERIFICATION=off: e-mails are taken without a proof')
      if (config.migrateOnStart) await migrate(db, config.databaseSchema)
      ready = true
    },
    async isReady() {
      if (!ready) return false
      return sql`select 1`.execute(db).then(
        () => ready,
        () => false,
      )
    },
    async stop() {
      ready = false
      await inFlight.drain()
      await Promise.all([db.destroy(), partner.close()])
    },
  }
}
