import type { PlannedVisit, Scenario, ScriptedAnswer } from '../model/scenario.ts'

/** Scenarios without crashes, by name. Time-outs, leases and deadlines are 1, 2.25 and 5 seconds. */
export const SCENARIOS: Record<string, Scenario> = {
  'a registration that succeeds': scenario({}),
  'a visitor whom the partner rejects': scenario({ visitors: ['refused'] }),
  'a visitor who has an account already': scenario({ visitors: ['has-account'] }),
  'a partner that fails once': scenario({ partner: [answer('error-500')] }),
  'an account whose answer never arrives': scenario({ partner: [answer('nothing', { isCarriedOut: true })] }),
  'a partner that is busy once': scenario({ partner: [answer('busy')] }),
  'a partner that is busy for longer than the caller waits': scenario({
    visits: [visit({ tries: 2 })],
    partner: [answer('busy-for-long')],
  }),
  'concurrent requests with the same key, at this and another replica': scenario({
    replicas: 2,
    visits: [
      visit({}),
      visit({ at: 20 }),
      visit({ at: 30, replica: 1, asks: 'with-proof' }),
      visit({ at: 40, tab: 1, asks: 'with-proof' }),
    ],
  }),
  'a status request at another replica': scenario({
    replicas: 2,
    visits: [visit({}), visit({ at: 20, replica: 1, asks: 'for-status' })],
  }),
  'a request at another replica that takes over from a frozen one': scenario({
    replicas: 2,
    visits: [visit({}), visit({ at: 30, replica: 1 })],
    faults: [{ call: 'store.settle', nth: 1, what: 'freezes-before', ms: 4_000 }],
  }),
  'a success that arrives after the end of its lease': scenario({
    replicas: 2,
    visits: [visit({}), visit({ at: 30, replica: 1 })],
    faults: [{ call: 'partner.register', nth: 1, what: 'freezes-meanwhile', ms: 4_000 }],
  }),
  'a database outage when the link is to be saved': scenario({
    faults: [{ call: 'partner.register', nth: 1, what: 'database-away', ms: 1_500 }],
  }),
  'a database outage longer than the lease when a rejection is to be saved': scenario({
    visitors: ['refused'],
    faults: [{ call: 'partner.register', nth: 1, what: 'database-away', ms: 3_500 }],
  }),
  'a second key after a success, with a probe': scenario({
    visits: [visit({}), visit({ at: 1_000, tab: 1 })],
    partner: [answer('answer'), answer('error-500')],
  }),
  'an unknown outcome at a partner that may create a second account': scenario({
    uniqueByEmail: false,
    partner: [answer('error-500', { isCarriedOut: true })],
  }),
}

function scenario({ replicas = 1, ...given }: Partial<Omit<Scenario, 'replicas'>> & { replicas?: number }): Scenario {
  return {
    uniqueByEmail: true,
    hasLookUp: false,
    jitter: 0.5,
    databaseRate: 1,
    queryMs: 0,
    partnerConcurrency: 1_000,
    replicas: Array.from({ length: replicas }, () => ({ clockOffset: 0, clockRate: 1 })),
    restartAfterMs: 300,
    visits: [visit({})],
    visitors: ['new'],
    partner: [],
    faults: [],
    crashes: [],
    ...given,
  }
}

function visit(given: Partial<PlannedVisit>): PlannedVisit {
  return { at: 10, visitor: 0, tab: 0, replica: 0, tries: 1, asks: 'to-register', ...given }
}

function answer(kind: ScriptedAnswer['kind'], given: Partial<ScriptedAnswer> = {}): ScriptedAnswer {
  return { kind, isCarriedOut: false, workMs: 50, answerAfterMs: 100, ...given }
}
