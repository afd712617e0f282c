/** How much is measured. */
export interface Scale {
  name: 'long' | 'quick' | 'tiny'
  /** Every contender has its turn in every round; medians are taken over the rounds. */
  rounds: number
  /** Whether commits reach the disk, as they must in production. */
  fsync: boolean
  /** Whether all subjects share one PostgreSQL server, which says nothing of what each costs. */
  sharesPostgres: boolean
  /** How long one run of the throughput takes, about. */
  secondsPerRun: number
  /** At the least, where a contender is too slow for its warm-up to tell anything. */
  fewestRequests: number
  connections: number
  /** Before a contender's runs count: until its code is compiled, which takes some ten thousand, and its connections are open. */
  warmUpRequests: number
  /** Of one connection while latency is measured. */
  requestsPerConnection: number
  /** Requests in flight at once while memory is measured, and how long the partner lets them wait. */
  inFlight: number
  slowPartnerMs: number
  /** Rows in the table before its growth is measured. */
  rowsBefore: number
  rowsAfter: number
  /** Before the memory at rest is read: what the start left behind is collected by then. */
  atRestAfterMs: number
}

const QUICK: Scale = {
  name: 'quick',
  rounds: 2,
  fsync: true,
  sharesPostgres: false,
  secondsPerRun: 2,
  fewestRequests: 1_000,
  connections: 256,
  warmUpRequests: 6_000,
  requestsPerConnection: 40,
  inFlight: 5_000,
  slowPartnerMs: 2_000,
  rowsBefore: 10_000,
  rowsAfter: 200_000,
  atRestAfterMs: 2_000,
}

/** Quick answers while one works; long is what is published; tiny shows that it runs and counts right, and times nothing. */
export const SCALES = {
  quick: QUICK,
  long: {
    ...QUICK,
    name: 'long',
    rounds: 3,
    secondsPerRun: 3,
    warmUpRequests: 16_000,
    requestsPerConnection: 80,
    rowsAfter: 5_000_000,
  },
  tiny: {
    name: 'tiny',
    rounds: 1,
    fsync: false,
    sharesPostgres: true,
    secondsPerRun: 0,
    fewestRequests: 48,
    connections: 16,
    warmUpRequests: 16,
    requestsPerConnection: 3,
    inFlight: 100,
    slowPartnerMs: 50,
    rowsBefore: 100,
    rowsAfter: 300,
    atRestAfterMs: 0,
  },
} as const satisfies Record<Scale['name'], Scale>
