import fc from 'fast-check'
import {
  type Fault,
  type GatewayError,
  PARTNER_TIMEOUT_MS,
  type PlannedVisit,
  type Scenario,
  type ScriptedAnswer,
  type VisitorKind,
} from '../model/scenario.ts'

const WRITES = ['store.insertIntent', 'store.claim', 'store.settle', 'store.write', 'store.closeRegistration']
const READS = [
  'store.get',
  'store.findByKey',
  'store.findLatestByEmail',
  'store.showsEarlierAccount',
  'store.takeDue',
  'store.shortenWaits',
]
const JOURNAL = ['journal.append', 'journal.rewrite']
const DATABASE = [...WRITES, ...READS]
const ANY = [...DATABASE, ...JOURNAL, 'partner.register', 'partner.lookUp', 'changes.waitFor']
/** A process frozen between its last check of the clock and its send can't notice that its lease is over. */
const BUT_SENDING = ANY.filter((call) => call !== 'partner.register')

const CALLS: Record<Fault['what'], string[]> = {
  'dies-before': ANY,
  'dies-after': ANY,
  'freezes-before': BUT_SENDING,
  'freezes-meanwhile': ANY,
  'answer-lost': DATABASE,
  slow: DATABASE,
  'row-locked': ['store.settle', 'store.settle', 'store.write'],
  'host-refuses': ['store.settle', 'store.settle', 'store.write'],
  'clock-ahead': ANY,
  'clock-back': ANY,
  'database-away': ANY,
  'disk-full': ['partner.register', ...WRITES, ...JOURNAL],
}

/** Around the limits that matter: the partner's time-out, the lease and the request deadline. */
const durations = fc.oneof(
  fc.constantFrom(100, 260, 700, 1_000, 1_400, 2_100, 2_300, 4_000, 6_500, 12_000),
  fc.nat({ max: 8_000 }),
)

/** A standby's clock may differ by any amount, but must not use up the time for probes. */
const steps = fc.constantFrom(500, 2_400, 40_000)
const stepsBack = fc.constantFrom(500, 40_000, 3_600_000)

const faults: fc.Arbitrary<Fault> = fc.constantFrom(...(Object.keys(CALLS) as Fault['what'][])).chain((what) =>
  fc.record({
    what: fc.constant(what),
    call: fc.constantFrom(...CALLS[what]),
    nth: fc.integer({ min: 1, max: 4 }),
    ms: what === 'clock-ahead' ? steps : what === 'clock-back' ? stepsBack : durations,
  }),
)

const GATEWAY_ERRORS = ([408, 425, 499, 502, 503, 504, 524] as const).map((status): GatewayError => `error-${status}`)

const answers: fc.Arbitrary<ScriptedAnswer> = fc.record({
  kind: fc.constantFrom(
    'answer',
    'no-link',
    'busy',
    'busy-for-long',
    'error-500',
    ...GATEWAY_ERRORS,
    'reset',
    'nothing',
    'unreachable',
  ),
  isCarriedOut: fc.boolean(),
  // Requests that a broken connection still delivers arrive within three quarters of a time-out.
  workMs: fc.nat({ max: 1.7 * PARTNER_TIMEOUT_MS }),
  answerAfterMs: fc.nat({ max: 1.2 * PARTNER_TIMEOUT_MS }),
})

const visits: fc.Arbitrary<PlannedVisit> = fc.record({
  at: fc.oneof(fc.constantFrom(0, 0, 1, 300), fc.nat({ max: 10_000 })),
  visitor: fc.nat({ max: 1 }),
  tab: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  replica: fc.nat({ max: 2 }),
  tries: fc.integer({ min: 1, max: 4 }),
  asks: fc.constantFrom('to-register', 'to-register', 'with-proof', 'for-status'),
})

const kinds = fc.oneof(
  { weight: 5, arbitrary: fc.constant<VisitorKind>('new') },
  { weight: 1, arbitrary: fc.constantFrom<VisitorKind>('has-account', 'refused', 'multiple-accounts') },
)

const rates = fc.double({ min: 0.98, max: 1.02, noNaN: true })

export const randomScenarios: fc.Arbitrary<Scenario> = fc.record({
  uniqueByEmail: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  hasLookUp: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  jitter: fc.double({ min: 0, max: 0.999, noNaN: true }),
  databaseRate: rates,
  queryMs: fc.constantFrom(0, 1, 20),
  partnerConcurrency: fc.constantFrom(1, 2, 1_000, 1_000),
  replicas: fc.array(fc.record({ clockOffset: fc.nat({ max: 1e9 }), clockRate: rates }), {
    minLength: 1,
    maxLength: 3,
  }),
  restartAfterMs: durations,
  visits: fc.array(visits, { minLength: 1, maxLength: 5 }),
  visitors: fc.array(kinds, { minLength: 2, maxLength: 2 }),
  partner: fc.array(answers, { maxLength: 4 }),
  faults: fc.array(faults, { maxLength: 5 }),
  crashes: fc.constant([]),
})
