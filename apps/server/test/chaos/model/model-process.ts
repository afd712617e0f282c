import { createResultWriter, type JournalListener } from '../../../src/journal/create-result-writer.ts'
import type { OutageJournal } from '../../../src/journal/outage-journal.ts'
import { createPartnerGate } from '../../../src/partner/create-partner-gate.ts'
import { advanceRegistration } from '../../../src/registration/advance-registration.ts'
import { ApiError } from '../../../src/registration/api-error.ts'
import { createDatabaseClock } from '../../../src/registration/database-clock.ts'
import { orchestrateRegistration, type Proof } from '../../../src/registration/orchestrate-registration.ts'
import type { Partner, PartnerCall } from '../../../src/registration/partner.ts'
import { sendWithinMs } from '../../../src/registration/policy.ts'
import type { RegistrationPorts } from '../../../src/registration/ports.ts'
import type { Intent } from '../../../src/registration/registration.ts'
import { createRegistrationChanges } from '../../../src/registration/registration-changes.ts'
import { registrationStatus } from '../../../src/registration/registration-status.ts'
import { createRetryPauses } from '../../../src/registration/retry-pauses.ts'
import { DatabaseUnavailable } from '../../../src/registration/store-errors.ts'
import type { Store } from '../../../src/store/create-store.ts'
import { chronicledJournal, chronicledStore } from './chronicle.ts'
import type { Called, Told } from './history.ts'
import type { Life } from './life.ts'
import { mortal } from './mortal.ts'
import { LEASE_MS, type Plan } from './plan.ts'
import type { World } from './world.ts'

/** One replica of the server, between its doors and its ports. */
export interface ModelProcess {
  life: Life
  /** Results that it holds and that are not on file. */
  readonly waiting: number
  /** Starts it, as `compose` does. Resolves also where it dies in between. */
  open(): Promise<void>
  register(intent: Intent, proof?: Proof): Promise<Told>
  status(intent: Intent): Promise<Told>
  /** Reads the clock, and recovers what is due, as the due-loop does. Resolves also where the process dies or the database is away. */
  recoverDue(): Promise<void>
}

const MANY = 1_000
/** As the product's. */
const RESERVE_MS = 10_000

export function createModelProcess(
  world: World,
  life: Life,
  journal: OutageJournal,
  { jitter, cap }: Pick<Plan, 'jitter' | 'cap'>,
): ModelProcess {
  const { history } = world
  const { clock } = life
  const by = `${life.name}, start ${life.generation}`
  const rows = mortal('store', chronicledStore(world.store, world, by), life, [
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
  const disk = mortal('journal', chronicledJournal(journal, world, by), life, ['append', 'rewrite'])
  const store = createResultWriter({
    store: rows as unknown as Store,
    journal: disk,
    clock,
    leaseMs: LEASE_MS,
    listener: SILENT,
  })
  const databaseClock = createDatabaseClock(sendWithinMs(world.policy))
  const ports: RegistrationPorts = {
    store,
    partner: partnerOf(world, life, by),
    gate: createPartnerGate({ calls: cap, clock }),
    changes: mortal(
      'changes',
      createRegistrationChanges((id) => store.get(id), clock),
      life,
      ['waitFor'],
    ),
    clock,
    databaseClock,
    pauses: createRetryPauses(() => jitter),
    policy: world.policy,
    listener: { callEnded: () => undefined, moved: () => undefined },
    emailQuota: { take: () => undefined, giveBack: () => undefined },
    waitUntil: (work) => void work.catch(() => undefined),
  }

  /** What is asked of a dead process is never answered. */
  async function orCutOff<Result>(work: Promise<Result>, instead: Result): Promise<Result> {
    return Promise.race([work, life.death.then(() => instead)])
  }

  /** Recovery puts up with a database that is away, and with nothing else. */
  function troubled<Result>(instead: Result): (error: unknown) => Result {
    return (error) => {
      if (!(error instanceof DatabaseUnavailable)) history.troubles.push(error)
      return instead
    }
  }

  /** As the doors tell it, and history with them. */
  async function told({ email, idempotencyKeyHash }: Intent, answering: () => Promise<Told>): Promise<Told> {
    await orCutOff(life.running(), undefined)
    const askedAt = clock.now()
    const { stops } = life
    const told = await orCutOff(answering().catch(refusalOf), { kind: 'cut-off' })
    const key = idempotencyKeyHash.toString('hex')
    const frozen = life.stops > stops
    history.answers.push({ key, email, by, told, tookMs: clock.now() - askedAt, frozen })
    return told
  }

  async function readClock(): Promise<void> {
    const askedAt = clock.now()
    await rows.shortenWaits().then(({ databaseMs }) => {
      databaseClock.note({ databaseMs, askedAt, answeredAt: clock.now() })
      if (!history.clockFirstRead.has(by)) history.clockFirstRead.set(by, world.time.now)
    }, troubled(undefined))
  }

  async function recoverAllDue(): Promise<void> {
    await readClock()
    if (!store.mayClaim() || ports.gate.roomForRecovery() === 0) return
    const due = await rows.takeDue(MANY, RESERVE_MS).catch(troubled([]))
    const caller = { share: 'recovery', msLeft: () => 0 } as const
    await Promise.all(
      due.map((registration) => advanceRegistration(ports, registration, caller).catch(troubled(undefined))),
    )
  }

  return {
    life,
    get waiting() {
      return store.waiting
    },
    async open() {
      await orCutOff(store.open(), undefined)
      await orCutOff(readClock(), undefined)
    },
    register: (intent, proof = 'not-required') =>
      told(intent, async () => {
        const answer = await orchestrateRegistration(ports, { intent, proof, isInternal: true })
        return { kind: 'answer', answer }
      }),
    status: (intent) =>
      told(intent, async () => {
        const answer = await registrationStatus(ports, intent.idempotencyKeyHash)
        return { kind: 'answer', answer }
      }),
    recoverDue: () => orCutOff(recoverAllDue(), undefined),
  }
}

/** History sees what a watcher would be told. */
const SILENT = new Proxy({}, { get: () => () => undefined }) as JournalListener

function partnerOf({ time, history, askPartner, lookUp }: World, life: Life, by: string): Partner {
  return {
    ...(lookUp && {
      async lookUp(order: PartnerCall) {
        const reply = await life.through('partner.lookUp', () => lookUp(order, life))
        history.lookUps.push({ registrationId: order.registrationId, reply })
        return reply
      },
    }),
    async register(order) {
      const { registrationId, email } = order
      const called: Called = { registrationId, email, by, sentAt: time.now, claimsBefore: 0 }
      const reply = await life.through('partner.register', () => {
        called.sentAt = time.now
        called.claimsBefore = history.claims.length
        history.calls.push(called)
        return askPartner(order, life, called)
      })
      called.reply = reply
      return reply
    },
  }
}

function refusalOf(error: unknown): Told {
  if (!(error instanceof ApiError)) return { kind: 'broken', error }
  const { code, registrationId, retryAfterMs } = error
  return { kind: 'refusal', code, registrationId, retryAfterMs }
}
