import { classifyReply } from '../../../src/partner/classify-result.ts'
import type { Transport } from '../../../src/partner/transport.ts'
import type { PartnerCall, PartnerResult } from '../../../src/registration/partner.ts'
import type { Books } from './books.ts'
import type { Called } from './history.ts'
import type { Life } from './life.ts'
import { type Act, type GatewayError, PARTNER_TIMEOUT_MS } from './plan.ts'
import type { VirtualTime } from './virtual-time.ts'

const WELL: Act = { says: 'answer', works: true, worksForMs: 100, saysAfterMs: 100 }
/** Those that leave the partner at work on what nobody listens to any more. */
const isCareless = (says: Act['says']) => isGatewayError(says) || says === 'reset' || says === 'nothing'
const isGatewayError = (says: Act['says']): says is GatewayError => says.startsWith('error-') && says !== 'error-500'

/**
 * The partner over a wire: its books are honest, and what a process learns of them, and when, is up to the acts.
 *
 * @param actOf what it does on its nth call, from 0; undefined: it answers well
 * @returns one call, as far as its process sees it; what the partner alone knows is written into `called`
 */
export function createActingPartner(time: VirtualTime, books: Books, actOf: (call: number) => Act | undefined) {
  let calls = 0

  /** What the wire brings to whoever listens; never resolves where that is nothing. */
  async function converse(act: Act, order: PartnerCall, called: Called): Promise<Transport> {
    const startedAt = time.now
    const until = (ms: number) => time.pause(startedAt + ms - time.now)
    const work = async (): Promise<Transport> => {
      await until(act.worksForMs)
      const tellsOfWork = act.says === 'answer' || act.says === 'no-link'
      const honest = act.works || tellsOfWork ? await books.carryOut(order) : SILENCE
      called.endedAt = Math.max(time.now, startedAt + act.saysAfterMs)
      return act.says === 'no-link' ? withoutLink(honest) : honest
    }
    const working = work()
    if (!isCareless(act.says)) await working
    await until(act.saysAfterMs)
    if (isGatewayError(act.says)) {
      return { kind: 'answered', status: Number(act.says.slice('error-'.length)), retryAfter: null, body: '' }
    }
    switch (act.says) {
      case 'error-500':
        return { kind: 'answered', status: 500, retryAfter: null, body: '' }
      case 'reset':
        return SILENCE
      case 'nothing':
        return new Promise(() => undefined)
      default:
        return working
    }
  }

  return async (order: PartnerCall, { clock }: Life, called: Called): Promise<PartnerResult> => {
    const act = actOf(calls++) ?? WELL
    const notProcessed = NOT_PROCESSED[act.says]
    if (notProcessed) {
      called.endedAt = time.now
      await time.pause(act.saysAfterMs)
      return classifyReply(notProcessed, { isAllowed: anyHost })
    }
    const answered = new AbortController()
    const timeOut = clock.pause(PARTNER_TIMEOUT_MS, answered.signal).then((): Transport => TIMED_OUT)
    const transport = await Promise.race([converse(act, order, called), timeOut])
    answered.abort()
    const reply = classifyReply(transport, { isAllowed: anyHost })
    if (reply.kind === 'accepted' && reply.depositUrl !== null) called.link = reply.depositUrl
    return reply
  }
}

const anyHost = () => true

const SILENCE: Transport = { kind: 'broken', reason: 'ECONNRESET' }
const TIMED_OUT: Transport = { kind: 'broken', reason: 'the time for the call is over' }
const NOT_PROCESSED: Partial<Record<Act['says'], Transport>> = {
  unreachable: { kind: 'unsent', reason: 'ECONNREFUSED' },
  busy: { kind: 'answered', status: 429, retryAfter: '1', body: '' },
  'busy-for-long': { kind: 'answered', status: 429, retryAfter: '30', body: '' },
}

/** The account without its paths, as the partner sends it at times. */
function withoutLink(transport: Transport): Transport {
  if (transport.kind !== 'answered' || transport.status !== 200) return transport
  const { success, login } = JSON.parse(transport.body) as { success: boolean; login: string | number }
  return { ...transport, body: JSON.stringify({ success, login }) }
}
