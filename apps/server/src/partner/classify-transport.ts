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
      return unknown(transport.reason, false)
    case 'oversized':
      return unknown('oversized answer', false)
    case 'answered':
      return ofStatus(transport)
  }
}

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
  // 502 and 504 speak for a gateway: behind it the partner may still be at work.
  if (status === 502 || status === 504) return unknown(`HTTP ${status}`, false)
  if (status >= 500 || (status >= 300 && status < 400)) return unknown(`HTTP ${status}`, true)
  return undefined
}

function unknown(reason: string, answeredCompletely: boolean): Unknown {
  return { kind: 'unknown', reason, answeredCompletely }
}

/** Seconds, or an HTTP date. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined
}
