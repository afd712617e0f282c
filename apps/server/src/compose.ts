import type { FastifyBaseLogger } from 'fastify'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pino, { stdSerializers } from 'pino'
import type { Config } from './config/config.ts'
import { CONCURRENT_DELIVERIES, createDeliveries } from './events/create-deliveries.ts'
import { createWebhookClient } from './events/webhook-client.ts'
import { createIdentifyCaller } from './http/caller.ts'
import { createIdentifyOperator } from './http/identify-operator.ts'
import type { MetricsParts } from './http/metrics-routes.ts'
import type { OperatorParts } from './http/operator-routes.ts'
import { createCallerLimit, createEmailQuota } from './http/rate-limits.ts'
import { createInFlight, createRegistrationApi, observeCalls } from './http/registration-api.ts'
import type { RegistrationRouteParts } from './http/registration-routes.ts'
import { createResultWriter } from './journal/create-result-writer.ts'
import { lockDataDir } from './journal/lock-data-dir.ts'
import { createOutageJournal } from './journal/outage-journal.ts'
import { createMetrics } from './observability/create-metrics.ts'
import { fanOut, unbreakableLog } from './observability/fan-out.ts'
import { createLogDestination } from './observability/log-destination.ts'
import { createLogListener } from './observability/log-listener.ts'
import { replicaName } from './observability/replica-name.ts'
import { safeError } from './observability/safe-error.ts'
import type { Tracing } from './observability/tracing.ts'
import { createWorkContexts, timedStore } from './observability/work-context.ts'
import { createPartner } from './partner/create-partner.ts'
import { createPartnerGate } from './partner/create-partner-gate.ts'
import { createLinkCheck, redirectHosts } from './partner/deposit-link.ts'
import { createJobLoop } from './recovery/create-job-loop.ts'
import { callRetention, countStuck, eventRetention, retention } from './recovery/cron-jobs.ts'
import { recoverDue } from './recovery/recover-due.ts'
import { advanceRegistration } from './registration/advance-registration.ts'
import { processClock } from './registration/clock.ts'
import { createDatabaseClock } from './registration/database-clock.ts'
import { leaseMs, mayProbe, sendWithinMs } from './registration/policy.ts'
import type { RegistrationPorts } from './registration/ports.ts'
import type { Registration } from './registration/registration.ts'
import { createRegistrationChanges } from './registration/registration-changes.ts'
import { createRetryPauses } from './registration/retry-pauses.ts'
import { withoutPassword } from './registration/without-password.ts'
import { checkKeys, requireKeys } from './store/check-keys.ts'
import { checkSession } from './store/check-session.ts'
import { createEventOutbox } from './store/create-event-outbox.ts'
import { createStore } from './store/create-store.ts'
import type { Database } from './store/database.ts'
import { migrate } from './store/migrate.ts'
import { createOperatorStore } from './store/operator/create-operator-store.ts'
import { createPool } from './store/pool.ts'
import { createSecretBox, developmentKeys } from './store/secret-box.ts'
import { findSecretKeys } from './store/secret-keys.ts'
import { HOST_CONNECTIONS, type OnSettled } from './store/settle-with-host.ts'
import { createVerifier } from './verification/create-verifier.ts'

export { openHostTracing, openTracing } from './observability/open-tracing.ts'
export type { OnSettled } from './store/settle-with-host.ts'

/** A configuration with a database URL. */
export type ComposableConfig = Config & { databaseUrl: string }

/** A statement takes about a millisecond. With a longer queue, callers should retry later. */
const WAITERS_PER_CONNECTION = 100
/** How soon a jump of the database's clock is noticed. The query reads almost nothing. */
const READ_CLOCK_EVERY_MS = 1_000

/** The composed modules, as the standalone server and the plugin use them. */
export interface Orchestrator {
  routeParts: RegistrationRouteParts
  /** Used by the standalone server only: the plugin has no operator routes. */
  operatorParts: OperatorParts & MetricsParts
  /** Migrates the database, drains the journal and starts recovery. @throws Error if the database can't be reached or migrated */
  start(): Promise<void>
  /** Whether registrations can be accepted now. */
  isReady(): Promise<boolean>
  /** Makes `/readyz` fail from now on. */
  announceStop(): void
  /** Whether the shutdown was announced: connected clients should reconnect elsewhere. */
  isStopping(): boolean
  /** Rejects new calls, finishes work in progress, and closes all connections. */
  stop(): Promise<void>
}

/** Creates the standalone server's log. The plugin uses the host's log. */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>) {
  // Accessing `process.stdout` makes Node set a pipe to non-blocking.
  const destination = createLogDestination(process.stdout.fd)
  process.once('exit', destination.end)
  const serializers = { err: (error: unknown) => stdSerializers.err(safeError(error)) }
  return { log: pino({ level: logLevel, serializers }, destination), droppedLines: () => destination.dropped }
}

export interface ComposeOptions {
  /** The number of log lines that could not be written. 0 by default, for a host's log. */
  droppedLogLines?: (() => number) | undefined
  onSettled?: OnSettled | undefined
  tracing?: Tracing | undefined
}

/** Creates and connects all modules. Only this function creates anything with a connection. */
export function compose(
  config: ComposableConfig,
  givenLog: FastifyBaseLogger,
  { onSettled, tracing, droppedLogLines = () => 0 }: ComposeOptions = {},
): Orchestrator {
  const log = unbreakableLog(givenLog)
  const policy = {
    partnerTimeoutMs: config.partnerTimeoutMs,
    uniqueByEmail: config.partnerUniqueByEmail,
    probeForMs: config.probeForMs,
    requestDeadlineMs: config.requestDeadlineMs,
  }
  const pool = createPool({
    url: config.databaseUrl,
    max: config.databasePool,
    onError: (err) => log.warn({ err: safeError(err) }, 'a database connection was lost'),
  })
  // Connects when `onSettled` is called for the first time.
  const hostPool =
    onSettled &&
    createPool({
      url: config.databaseUrl,
      max: HOST_CONNECTIONS,
      name: 'onSettled',
      onError: (err) => log.warn({ err: safeError(err) }, 'a database connection of onSettled was lost'),
    })
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  const endpoints = config.webhooks.map(({ name }) => name)
  const metrics = createMetrics(endpoints, {
    inFlight: () => inFlight.count,
    partnerSlots: () => gate.usage(),
    connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    journal: () => ({ entries: store.waiting, bytes: journal.size() }),
    droppedLogLines,
    isReady: () => ready,
    unfinished: () => rows.unfinished().catch(() => undefined),
    events: async () => (endpoints.length > 0 ? outbox.state().catch(() => []) : []),
  })
  const contexts = createWorkContexts(tracing?.traceparent)
  const logListener = createLogListener(log, contexts.current)
  const onListenerFailure = (err: unknown) => log.error({ err: safeError(err) }, 'a listener failed')
  const listeners = {
    ...logListener,
    registrations: fanOut(logListener.registrations, metrics.registrations, onListenerFailure),
    journal: fanOut(logListener.journal, metrics.journal, onListenerFailure),
    recovery: fanOut(logListener.recovery, metrics.recovery, onListenerFailure),
    deliveries: fanOut(logListener.deliveries, metrics.deliveries, onListenerFailure),
    secrets: fanOut(logListener.secrets, { unreadable: metrics.onUnreadable }, onListenerFailure),
    gate: fanOut(logListener.gate, { breaker: metrics.onBreaker }, onListenerFailure),
  }
  const box = createSecretBox(config.encryptionKeys ?? developmentKeys(config.dataDir))
  const outbox = createEventOutbox(db.withSchema(config.databaseSchema), endpoints)
  const webhookClient = createWebhookClient(CONCURRENT_DELIVERIES)
  const deliveries = createDeliveries({
    webhooks: config.webhooks,
    outbox,
    client: webhookClient,
    clock: processClock,
    listener: listeners.deliveries,
  })
  const rows = createStore({
    db,
    schema: config.databaseSchema,
    box,
    leaseMs: leaseMs(policy),
    replayForMs: config.replayForMs,
    onUnreadable: listeners.secrets.unreadable,
    host: onSettled && hostPool && { onSettled, pool: hostPool },
    traceparent: tracing?.traceparent,
    replica: replicaName(),
    by: () => contexts.current()?.by,
    endpoints,
    onFlush: metrics.onFlush,
  })
  const journal = createOutageJournal(config.dataDir, box)
  const store = createResultWriter({
    store: rows,
    journal,
    clock: processClock,
    leaseMs: leaseMs(policy),
    listener: listeners.journal,
  })
  const isAllowedHost = redirectHosts(config.redirectHosts)
  const partner = createPartner({
    url: config.partnerUrl,
    timeoutMs: config.partnerTimeoutMs,
    connections: config.partnerConcurrency,
    isAllowedHost,
    trafficParams: config.partnerTrafficParams,
    alreadyWords: config.partnerAlreadyWords,
    traceparent: tracing?.traceparent,
  })
  const inFlight = createInFlight(
    config.maxInFlight,
    () => pool.waitingCount > config.databasePool * WAITERS_PER_CONNECTION,
  )
  const gate = createPartnerGate({
    calls: config.partnerConcurrency,
    clock: processClock,
    onBreaker: listeners.gate.breaker,
    onCallNotAllowed: metrics.onCallNotAllowed,
  })
  const databaseClock = createDatabaseClock(sendWithinMs(policy))
  const ports: RegistrationPorts = {
    store: timedStore(config.storePartnerPassword ? store : withoutPassword(store), contexts, tracing),
    partner: tracing?.partner(partner, new URL(config.partnerUrl)) ?? partner,
    gate,
    changes: createRegistrationChanges((id) => store.get(id), processClock),
    clock: processClock,
    databaseClock,
    pauses: createRetryPauses(),
    policy,
    listener: listeners.registrations,
    emailQuota: createEmailQuota(config.rateLimitEmail, processClock.now, () => metrics.onLimited('email')),
    waitUntil: inFlight.waitUntil,
  }
  const recoverOne = (registration: Registration) =>
    contexts.run({ by: 'recovery' }, () =>
      advanceRegistration(ports, registration, { share: 'recovery', msLeft: () => 0 }),
    )
  const { retainForMs } = config
  const jobLoop = createJobLoop({
    clock: processClock,
    onError: (_, error) => listeners.recovery.jobFailed(error),
    jobs: [
      recoverDue({
        clock: processClock,
        gate,
        takeDue: rows.takeDue,
        mayClaim: store.mayClaim,
        async recover(registration) {
          const { id } = registration
          if (tracing) await tracing.recovery(id, await rows.findTraceparent(id), () => recoverOne(registration))
          else await recoverOne(registration)
        },
        listener: listeners.recovery,
      }),
      ...deliveries,
      { name: 'clock', everyMs: READ_CLOCK_EVERY_MS, run: readClock },
      countStuck(rows.countStuck, listeners.recovery.stuck),
      callRetention(rows.deleteOldCalls),
      ...(retainForMs === undefined
        ? []
        : [retention('registrations', (limit) => rows.deleteOlder(retainForMs, limit), listeners.recovery.deleted)]),
      ...(endpoints.length > 0 ? [eventRetention(outbox.deleteFinished)] : []),
    ],
  })
  /** Reads the database's clock, and shortens waits that were set by a clock that was ahead. */
  async function readClock(): Promise<boolean> {
    const askedAt = processClock.now()
    const { databaseMs, shortened } = await rows.shortenWaits()
    databaseClock.note({ databaseMs, askedAt, answeredAt: processClock.now() })
    if (shortened > 0)
      log.warn({ shortened }, 'the clock of the database was set back: waits that became too long were shortened')
    return false
  }
  const operatorStore = createOperatorStore({
    db: db.withSchema(config.databaseSchema),
    box,
    leaseMs: leaseMs(policy),
    mayProbe: mayProbe(ports),
    endpoints,
    isLinkAllowed: createLinkCheck(isAllowedHost),
  })
  let unlock: () => void = () => undefined
  let ready = false
  let stopping = false

  const verify = createVerifier(config.verification, {
    onKeysUnavailable: (error) =>
      log.error({ err: safeError(error) }, 'the keys that verify proofs could not be fetched'),
  })
  const api = createRegistrationApi(ports, verify, inFlight)

  return {
    routeParts: {
      api: observeCalls(api, { log, contexts, tracing }),
      identifyCaller: createIdentifyCaller(config),
      limitCallers: createCallerLimit(config, processClock.now, metrics.onLimited),
      onRequestFinished: metrics.onRequestFinished,
      onFieldChanged: metrics.onFieldChanged,
    },
    operatorParts: {
      store: operatorStore,
      identifyOperator: createIdentifyOperator(config, processClock.now),
      onAct: listeners.operators,
      readMetrics: metrics.read,
    },
    async start() {
      if (config.verification.mode === 'off') log.warn('VERIFICATION=off: e-mails are accepted without a proof')
      unlock = lockDataDir(config.dataDir)
      if (config.migrateOnStart) await migrate(config.databaseUrl, config.databaseSchema)
      const settings = await checkSession(pool)
      if (settings.length > 0) log.warn({ settings }, 'a connection pooler drops session settings: see docs/scaling.md')
      requireKeys(box, {
        registrations: await findSecretKeys(db.withSchema(config.databaseSchema)),
        [`the outage journal in ${config.dataDir}`]: journal.keys(),
      })
      // After requireKeys, so that only keys with which a process can start are recorded.
      const { isNewInFront } = await checkKeys(db.withSchema(config.databaseSchema), box, { record: true })
      if (isNewInFront) {
        const why = 'replicas that do not list it yet cannot decrypt the secrets that this one saves'
        const steps = 'list a new key behind the others on every replica first, and only then put it in front'
        log.warn({ key: box.currentKey }, `the first of ENCRYPTION_KEYS is new: ${why}; ${steps} (docs/runbook.md)`)
      }
      // Drains the journal before recovery starts, which must not ask the partner for a known result.
      await store.open()
      // Before the first claim, so that a jump of the clock is noticed from the first lease on.
      await readClock()
      jobLoop.start()
      ready = true
    },
    async isReady() {
      if (!ready) return false
      return sql`select 1`.execute(db).then(
        () => ready,
        () => false,
      )
    },
    announceStop() {
      ready = false
      stopping = true
    },
    isStopping: () => stopping,
    async stop() {
      ready = false
      await jobLoop.stop()
      await webhookClient.close()
      await inFlight.drain()
      await store.close()
      await Promise.all([db.destroy(), hostPool?.end(), partner.close()])
      unlock()
    },
  }
}
