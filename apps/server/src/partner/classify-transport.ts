import type { NotProcessed, Unknown } from '../registration/partner.ts'
import type { Answer, Transport } from './transport.ts'

/**
 * Decides what is the same for every partner over HTTP, whatever it writes into its answers: undefined where the answer
 * itself has to be read.
 */
export function classifyTransport(transport: Transport): NotProcessed | Unknown | undefined {
  switch (transport.kind) {
    case 'unsent': {
      const { reason, retryAfterMs } = transport
      return { kind: 'not-processed', reason, reached: false, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    }
    case 'broken':
      return { kind: 'unknown', reason: transport.reason, answeredCompletely: false }
    case 'oversized':
      return { kind: 'unknown', reason: 'oversized answer', answeredCompletely: false }
    case 'answered':
      return ofStatus(transport)
  }
}

/** What a gateway in front of the partner may say while the partner is still at work, besides every status from 502 on. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([408, 425, 460, 499])

function ofStatus({ status, retryAfter }: Answer): NotProcessed | Unknown | undefined {
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(retryAfter)
    return {
      kind: 'not-processed',
      reason: 'HTTP 429',
      reached: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
  if (GATEWAY_STATUSES.has(status) || status >= 502) return unknownAnswer(status, { mayBeAtWork: true })
  if (status < 200 || status >= 500 || (status >= 300 && status < 400)) return unknownAnswer(status)
  return undefined
}

/** A complete answer that tells nothing of the account. @param options.mayBeAtWork whether the partner may still be */
export function unknownAnswer(status: number, { mayBeAtWork = false, because = '' } = {}): Unknown {
  return { kind: 'unknown', reason: `HTTP ${status}${because}`, answeredCompletely: !mayBeAtWork, status }
}

/** Seconds, or an HTTP date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}
