/** How much is measured. */
export interface Scale {
  name: 'long' | 'quick' | 'tiny'
  /** Every contender has its turn in every round; medians are taken over the rounds. */
  rounds: number
  /** Whether commits reach the disk, as they must in production. */
  fsync: boolean
  /** How long one run of the throughput takes, about. */
  secondsPerRun: number
  /** At the least, where a contender is too slow for its warm-up to tell anything. */
  fewestRequests: number
  connections: number
  /** Before a contender's runs count: until its code is compiled, which takes some ten thousand, and its connections are open. */
  warmUpRequests: number
  /** Of one connection while latency is measured. */
  requestsPerConnection: number
  /** Requests in flight at once while memory is measured. */
  inFlight: number
  /** Rows in the table before its growth is measured. */
  rowsBefore: number
  rowsAfter: number
}

const QUICK: Scale = {
  name: 'quick',
  rounds: 2,
  fsync: true,
  secondsPerRun: 2,
  fewestRequests: 1_000,
  connections: 256,
  warmUpRequests: 6_000,
  requestsPerConnection: 40,
  inFlight: 5_000,
  rowsBefore: 10_000,
  rowsAfter: 200_000,
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
    secondsPerRun: 0,
    fewestRequests: 48,
    connections: 16,
    warmUpRequests: 16,
    requestsPerConnection: 3,
    inFlight: 100,
    rowsBefore: 100,
    rowsAfter: 300,
  },
} as const satisfies Record<Scale['name'], Scale>
