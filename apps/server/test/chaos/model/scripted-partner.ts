import { classifyResult } from '../../../src/partner/classify-result.ts'
import type { HttpResult } from '../../../src/partner/http-result.ts'
import type { PartnerCall, PartnerResult } from '../../../src/registration/partner.ts'
import type { RecordedCall } from './history.ts'
import type { PartnerBackend } from './partner-backend.ts'
import { type GatewayError, PARTNER_TIMEOUT_MS, type ScriptedAnswer } from './scenario.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualTime } from './virtual-time.ts'

const NORMAL_ANSWER: ScriptedAnswer = { kind: 'answer', isCarriedOut: true, workMs: 100, answerAfterMs: 100 }
/** Answers after which the partner may still be working on the request. */
const leavesWorkRunning = (says: ScriptedAnswer['kind']) =>
  isGatewayError(says) || says === 'reset' || says === 'nothing'
const isGatewayError = (says: ScriptedAnswer['kind']): says is GatewayError =>
  says.startsWith('error-') && says !== 'error-500'

/**
 * The partner behind a network. Its backend works correctly; the scripted answers say what a process learns, and when.
 *
 * @param answerFor the answer to its nth call, from 0; undefined for a normal one
 * @returns a function that makes one call and resolves with what the process sees; what only the partner knows goes into `called`
 */
export function createScriptedPartner(
  time: VirtualTime,
  backend: PartnerBackend,
  answerFor: (call: number) => ScriptedAnswer | undefined,
) {
  let calls = 0

  /** What arrives over the network. Never resolves if nothing does. */
  async function exchange(answer: ScriptedAnswer, request: PartnerCall, called: RecordedCall): Promise<HttpResult> {
    const startedAt = time.now
    const until = (ms: number) => time.pause(startedAt + ms - time.now)
    const work = async (): Promise<HttpResult> => {
      await until(answer.workMs)
      const tellsOfWork = answer.kind === 'answer' || answer.kind === 'no-link'
      const backendAnswer = answer.isCarriedOut || tellsOfWork ? await backend.handle(request) : CONNECTION_RESET
      called.endedAt = Math.max(time.now, startedAt + answer.answerAfterMs)
      return answer.kind === 'no-link' ? withoutLink(backendAnswer) : backendAnswer
    }
    const working = work()
    if (!leavesWorkRunning(answer.kind)) await working
    await until(answer.answerAfterMs)
    if (isGatewayError(answer.kind)) {
      return { kind: 'answered', status: Number(answer.kind.slice('error-'.length)), retryAfter: null, body: '' }
    }
    switch (answer.kind) {
      case 'error-500':
        return { kind: 'answered', status: 500, retryAfter: null, body: '' }
      case 'reset':
        return CONNECTION_RESET
      case 'nothing':
        return new Promise(() => undefined)
      default:
        return working
    }
  }

  return async (request: PartnerCall, { clock }: SimulatedProcess, called: RecordedCall): Promise<PartnerResult> => {
    const answer = answerFor(calls++) ?? NORMAL_ANSWER
    const notProcessed = NOT_PROCESSED[answer.kind]
    if (notProcessed) {
      called.endedAt = time.now
      await time.pause(answer.answerAfterMs)
      return classifyResult(notProcessed, { isAllowed: anyHost })
    }
    const done = new AbortController()
    const timeOut = clock.pause(PARTNER_TIMEOUT_MS, done.signal).then((): HttpResult => TIMED_OUT)
    const http = await Promise.race([exchange(answer, request, called), timeOut])
    done.abort()
    const reply = classifyResult(http, { isAllowed: anyHost })
    if (reply.kind === 'accepted' && reply.depositUrl !== null) called.link = reply.depositUrl
    return reply
  }
}

const anyHost = () => true

const CONNECTION_RESET: HttpResult = { kind: 'broken', reason: 'ECONNRESET' }
const TIMED_OUT: HttpResult = { kind: 'broken', reason: 'the time for the call is over' }
const NOT_PROCESSED: Partial<Record<ScriptedAnswer['kind'], HttpResult>> = {
  unreachable: { kind: 'unsent', reason: 'ECONNREFUSED' },
  busy: { kind: 'answered', status: 429, retryAfter: '1', body: '' },
  'busy-for-long': { kind: 'answered', status: 429, retryAfter: '30', body: '' },
}

/** The answer without links, as the partner sometimes sends it. */
function withoutLink(http: HttpResult): HttpResult {
  if (http.kind !== 'answered' || http.status !== 200) return http
  const { success, login } = JSON.parse(http.body) as { success: boolean; login: string | number }
  return { ...http, body: JSON.stringify({ success, login }) }
}
