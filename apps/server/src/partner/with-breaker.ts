import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhenResult,
} from 'cockatiel'
import type {
  BreakerState,
  LookUpReply,
  NotProcessed,
  Partner,
  PartnerOrder,
  PartnerReply,
} from '../registration/partner.ts'

/** So many calls in a row that got no answer mean that the partner is down, rather than unlucky. */
const FAILURES_IN_A_ROW = 10
/** Then one call at a time finds out whether it is back: soon at first, in case it was a restart. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000

const SPARED: NotProcessed = {
  kind: 'not-processed',
  reason: 'circuit breaker open',
  reached: false,
  retryAfterMs: FIRST_PAUSE_MS,
}

const STATES: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
}

/** Spares a partner that is down, and visitors the wait: while the circuit is open nothing is sent. */
export function withBreaker(partner: Partner, onState: (state: BreakerState) => void = () => undefined): Partner {
  const breaker = circuitBreaker(
    handleWhenResult((reply) => isTrouble(reply as PartnerReply | LookUpReply)),
    {
      breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
      halfOpenAfter: new ExponentialBackoff({ initialDelay: FIRST_PAUSE_MS, maxDelay: LONGEST_PAUSE_MS }),
    },
  )
  breaker.onStateChange((state) => onState(STATES[state]))
  const guarded =
    <Reply>(call: (order: PartnerOrder) => Promise<Reply>) =>
    async (order: PartnerOrder): Promise<Reply | NotProcessed> => {
      // The library would keep it waiting for the one call that finds out, and then send it: later than its claim allows.
      if (breaker.state === CircuitState.HalfOpen) return SPARED
      try {
        return await breaker.execute(() => call(order))
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error
        return SPARED
      }
    }
  const { lookUp } = partner
  return { register: guarded(partner.register), ...(lookUp && { lookUp: guarded(lookUp) }) }
}

/** A refusal is an answer, and 429 comes from a partner who is there. */
function isTrouble(reply: PartnerReply | LookUpReply): boolean {
  return reply.kind === 'unknown' || (reply.kind === 'not-processed' && !reply.reached)
}
