import { setTimeout as pause } from 'node:timers/promises'
import autocannon from 'autocannon'
import { LANDING_ORIGIN, type Visitors, visitorBody } from './visitor.ts'
import { answerParent } from './worker.ts'

/** Visitors over connections that stay open; each connection sends its next request when it has its answer. */
export interface LoadOrder {
  /** The route, as a full URL. */
  url: string
  connections: number
  requests: number
  visitors: Visitors
}

export interface Load {
  /** Responses with status 200. */
  answered: number
  /** Counts of other statuses, and of network errors by their codes. */
  refused: Record<string, number>
  /** From the first request to the last response. */
  seconds: number
  /** Latencies leave out each connection's first request, which includes connecting. */
  p50Ms: number
  p99Ms: number
}

/** More connections at once would overflow the queue of a listening socket. */
const OPENED_AT_ONCE = 256
const OPEN_EVERY_MS = 25
const TIMEOUT_S = 600
/** How often autocannon checks whether it is done; its default of 1 ms would take CPU time from the servers. */
const SAMPLE_MS = 20

answerParent<LoadOrder, Load>(async (order) => {
  const { url, visitors, requests } = order
  const connections = Math.min(order.connections, requests)
  // Each visitor comes once, so each connection has visitors of its own. They are prepared before the clock runs.
  const shares: { body: string }[][] = Array.from({ length: connections }, () => [])
  for (let n = 0; n < requests; n++) shares[n % connections]?.push({ body: await visitorBody(visitors, n) })

  const latencies: number[] = []
  const refused: Record<string, number> = {}
  const seen = new Set<autocannon.Client>()
  let [answered, begunAt, endedAt] = [0, 0, 0]
  const refuse = (reason: string | number) => {
    refused[reason] = (refused[reason] ?? 0) + 1
  }
  const runs: Promise<void>[] = []
  for (let first = 0; first < connections; first += OPENED_AT_ONCE) {
    if (first > 0) await pause(OPEN_EVERY_MS)
    const group = shares.slice(first, first + OPENED_AT_ONCE)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const run = autocannon(
      {
        ...{ url, method: 'POST', connections: group.length, amount: group.flat().length },
        ...{ timeout: TIMEOUT_S, sampleInt: SAMPLE_MS },
        headers: { 'content-type': 'application/json', origin: LANDING_ORIGIN },
        setupClient: (client) => client.setRequests(group.shift() ?? []),
      },
      (error) => (error ? reject(error) : resolve()),
    )
    run.on('start', () => {
      begunAt ||= performance.now()
    })
    run.on('response', (client, status, _, ms) => {
      endedAt = performance.now()
      if (status !== 200) return refuse(status)
      answered++
      if (seen.has(client)) latencies.push(ms)
      seen.add(client)
    })
    run.on('reqError', (error: NodeJS.ErrnoException) => refuse(error.code ?? error.message))
    runs.push(promise)
  }
  await Promise.all(runs)

  latencies.sort((a, b) => a - b)
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
  return { answered, refused, seconds: (endedAt - begunAt) / 1_000, p50Ms: percentile(0.5), p99Ms: percentile(0.99) }
})
