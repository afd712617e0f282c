import type { Act, Plan, Visit } from '../model/plan.ts'

/** What happens where nobody dies, by name. Time-outs, leases and deadlines are 1, 2.25 and 5 seconds. */
export const SCENARIOS: Record<string, Plan> = {
  'a registration that succeeds': plan({}),
  'a visitor whom the partner refuses': plan({ visitors: ['refused'] }),
  'a visitor who has an account already': plan({ visitors: ['has-account'] }),
  'a partner that fails once': plan({ partner: [act('error-500')] }),
  'an account whose answer never comes': plan({ partner: [act('nothing', { works: true })] }),
  'a partner that is busy once': plan({ partner: [act('busy')] }),
  'a partner that is busy for longer than the caller waits': plan({
    visits: [visit({ tries: 2 })],
    partner: [act('busy-for-long')],
  }),
  'callers who join with the same key, here and in another replica': plan({
    replicas: 2,
    visits: [
      visit({}),
      visit({ at: 20 }),
      visit({ at: 30, replica: 1, asks: 'with-proof' }),
      visit({ at: 40, tab: 1, asks: 'with-proof' }),
    ],
  }),
  'a caller who asks for the outcome in another replica': plan({
    replicas: 2,
    visits: [visit({}), visit({ at: 20, replica: 1, asks: 'for-status' })],
  }),
  'a caller in another replica who takes over from a frozen one': plan({
    replicas: 2,
    visits: [visit({}), visit({ at: 30, replica: 1 })],
    faults: [{ call: 'store.settle', nth: 1, what: 'freezes-before', ms: 4_000 }],
  }),
  'a success that comes after its lease': plan({
    replicas: 2,
    visits: [visit({}), visit({ at: 30, replica: 1 })],
    faults: [{ call: 'partner.register', nth: 1, what: 'freezes-meanwhile', ms: 4_000 }],
  }),
  'a database that is away when the link is to be saved': plan({
    faults: [{ call: 'partner.register', nth: 1, what: 'database-away', ms: 1_500 }],
  }),
  'a database that is away when a refusal is to be saved, for longer than the lease': plan({
    visitors: ['refused'],
    faults: [{ call: 'partner.register', nth: 1, what: 'database-away', ms: 3_500 }],
  }),
  'a second key after a success, and a probe of it': plan({
    visits: [visit({}), visit({ at: 1_000, tab: 1 })],
    partner: [act('answer'), act('error-500')],
  }),
  'an unknown outcome at a partner that may open a second account': plan({
    uniqueByEmail: false,
    partner: [act('error-500', { works: true })],
  }),
}

function plan({ replicas = 1, ...given }: Partial<Omit<Plan, 'replicas'>> & { replicas?: number }): Plan {
  return {
    uniqueByEmail: true,
    looksUp: false,
    jitter: 0.5,
    databaseRate: 1,
    queryMs: 0,
    cap: 1_000,
    replicas: Array.from({ length: replicas }, () => ({ clockOffset: 0, clockRate: 1 })),
    restartAfterMs: 300,
    visits: [visit({})],
    visitors: ['new'],
    partner: [],
    faults: [],
    deaths: [],
    ...given,
  }
}

function visit(given: Partial<Visit>): Visit {
  return { at: 10, visitor: 0, tab: 0, replica: 0, tries: 1, asks: 'to-register', ...given }
}

function act(says: Act['says'], given: Partial<Act> = {}): Act {
  return { says, works: false, worksForMs: 50, saysAfterMs: 100, ...given }
}
