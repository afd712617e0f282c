import { createResultWriter, type JournalListener } from '../../../src/journal/create-result-writer.ts'
import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import { createPartnerGate } from '../../../src/partner/create-partner-gate.ts'
import { advanceRegistration } from '../../../src/registration/advance-registration.ts'
import { registrationStatus } from '../../../src/registration/answer-status-request.ts'
import { ApiError } from '../../../src/registration/api-error.ts'
import { createDatabaseClock } from '../../../src/registration/database-clock.ts'
import { orchestrateRegistration, type Proof } from '../../../src/registration/orchestrate-registration.ts'
import type { Partner, PartnerCall } from '../../../src/registration/partner.ts'
import { sendWithinMs } from '../../../src/registration/policy.ts'
import type { RegistrationPorts } from '../../../src/registration/ports.ts'
import type { Intent } from '../../../src/registration/registration.ts'
import { createRegistrationChanges } from '../../../src/registration/registration-changes.ts'
import { createRetryPauses } from '../../../src/registration/retry-pauses.ts'
import { DatabaseUnavailable } from '../../../src/registration/store-errors.ts'
import type { Store } from '../../../src/store/create-store.ts'
import type { CallerOutcome, RecordedCall } from './history.ts'
import { recordingJournal, recordingStore } from './recording-store.ts'
import { LEASE_MS, type Scenario } from './scenario.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulationContext } from './simulation-context.ts'
import { withCrashes } from './with-crashes.ts'

/** One server process: the use cases of the product on simulated ports. */
export interface ModelServer {
  process: SimulatedProcess
  /** Results in its memory that are not in the database yet. */
  readonly unsavedResults: number
  /** Starts it, as `compose` does. Resolves also if it is killed meanwhile. */
  open(): Promise<void>
  register(intent: Intent, proof?: Proof): Promise<CallerOutcome>
  status(intent: Intent): Promise<CallerOutcome>
  /** Reads the database's clock and recovers due registrations, as the recovery loop does. Resolves also if it is killed or the database is unavailable. */
  recoverDue(): Promise<void>
}

const TAKE_LIMIT = 1_000
/** As in production. */
const RESERVE_MS = 10_000

export function createModelServer(
  context: SimulationContext,
  process: SimulatedProcess,
  journal: OutageJournal,
  { jitter, partnerConcurrency }: Pick<Scenario, 'jitter' | 'partnerConcurrency'>,
): ModelServer {
  const { history } = context
  const { clock } = process
  const by = `${process.name}, start ${process.restarts}`
  const rows = withCrashes('store', recordingStore(context.store, context, by), process, [
    'insertIntent',
    'claim',
    'settle',
    'write',
    'extendLeases',
    'closeRegistration',
    'findByKey',
    'findLatestByEmail',
    'get',
    'showsEarlierAccount',
    'takeDue',
    'shortenWaits',
  ])
  const disk = withCrashes('journal', recordingJournal(journal, context, by), process, ['append', 'rewrite'])
  const store = createResultWriter({
    store: rows as unknown as Store,
    journal: disk,
    clock,
    leaseMs: LEASE_MS,
    listener: NO_LISTENER,
  })
  const databaseClock = createDatabaseClock(sendWithinMs(context.policy))
  const ports: RegistrationPorts = {
    store,
    partner: createRecordingPartner(context, process, by),
    gate: createPartnerGate({ calls: partnerConcurrency, clock }),
    changes: withCrashes(
      'changes',
      createRegistrationChanges((id) => store.get(id), clock),
      process,
      ['waitFor'],
    ),
    clock,
    databaseClock,
    pauses: createRetryPauses(() => jitter),
    policy: context.policy,
    listener: { callEnded: () => undefined, moved: () => undefined },
    emailQuota: { take: () => undefined, giveBack: () => undefined },
    waitUntil: (work) => void work.catch(() => undefined),
  }

  /** Resolves with `instead` if the process is killed first. */
  async function unlessKilled<Result>(work: Promise<Result>, instead: Result): Promise<Result> {
    return Promise.race([work, process.killed.then(() => instead)])
  }

  /** Ignores an unavailable database in recovery, and records every other error. */
  function tolerateOutage<Result>(instead: Result): (error: unknown) => Result {
    return (error) => {
      if (!(error instanceof DatabaseUnavailable)) history.unexpectedErrors.push(error)
      return instead
    }
  }

  /** Runs a request as the routes do, and records its outcome in the history. */
  async function recordOutcome(
    { email, idempotencyKeyHash }: Intent,
    answering: () => Promise<CallerOutcome>,
  ): Promise<CallerOutcome> {
    await unlessKilled(process.whenRunning(), undefined)
    const askedAt = clock.now()
    const { freezeCount } = process
    const outcome = await unlessKilled(answering().catch(outcomeOfError), { kind: 'cut-off' })
    const key = idempotencyKeyHash.toString('hex')
    const frozen = process.freezeCount > freezeCount
    history.answers.push({ key, email, by, outcome, tookMs: clock.now() - askedAt, frozen })
    return outcome
  }

  async function readClock(): Promise<void> {
    const askedAt = clock.now()
    await rows.shortenWaits().then(({ databaseMs }) => {
      databaseClock.note({ databaseMs, askedAt, answeredAt: clock.now() })
      if (!history.clockFirstRead.has(by)) history.clockFirstRead.set(by, context.time.now)
    }, tolerateOutage(undefined))
  }

  async function recoverAllDue(): Promise<void> {
    await readClock()
    if (!store.mayClaim() || ports.gate.roomForRecovery() === 0) return
    const due = await rows.takeDue(TAKE_LIMIT, RESERVE_MS).catch(tolerateOutage([]))
    const caller = { share: 'recovery', msLeft: () => 0 } as const
    await Promise.all(
      due.map((registration) => advanceRegistration(ports, registration, caller).catch(tolerateOutage(undefined))),
    )
  }

  return {
    process,
    get unsavedResults() {
      return store.waiting
    },
    async open() {
      await unlessKilled(store.open(), undefined)
      await unlessKilled(readClock(), undefined)
    },
    register: (intent, proof = 'not-required') =>
      recordOutcome(intent, async () => {
        const answer = await orchestrateRegistration(ports, { intent, proof, isInternal: true })
        return { kind: 'answer', answer }
      }),
    status: (intent) =>
      recordOutcome(intent, async () => {
        const answer = await registrationStatus(ports, intent.idempotencyKeyHash)
        return { kind: 'answer', answer }
      }),
    recoverDue: () => unlessKilled(recoverAllDue(), undefined),
  }
}

/** The history records these events itself. */
const NO_LISTENER = new Proxy({}, { get: () => () => undefined }) as JournalListener

function createRecordingPartner(
  { time, history, askPartner, lookUp }: SimulationContext,
  process: SimulatedProcess,
  by: string,
): Partner {
  return {
    ...(lookUp && {
      async lookUp(request: PartnerCall) {
        const result = await process.call('partner.lookUp', () => lookUp(request, process))
        history.lookUps.push({ registrationId: request.registrationId, result })
        return result
      },
    }),
    async register(request) {
      const { registrationId, email } = request
      const called: RecordedCall = { registrationId, email, by, sentAt: time.now, claimsBefore: 0 }
      const result = await process.call('partner.register', () => {
        called.sentAt = time.now
        called.claimsBefore = history.claims.length
        history.calls.push(called)
        return askPartner(request, process, called)
      })
      called.result = result
      return result
    },
  }
}

function outcomeOfError(error: unknown): CallerOutcome {
  if (!(error instanceof ApiError)) return { kind: 'broken', error }
  const { code, registrationId, retryAfterMs } = error
  return { kind: 'refusal', code, registrationId, retryAfterMs }
}
