import { Client } from 'undici'
import { answerParent } from './answer-parent.ts'
import { LANDING_ORIGIN, type Visitors, visitorBody } from './visitor.ts'

/** So many visitors, over so many connections that stay open; each connection sends the next when it has its answer. */
export interface LoadOrder {
  /** The route, whole. */
  url: string
  connections: number
  requests: number
  visitors: Visitors
}

export interface Load {
  /** Answers with status 200. */
  answered: number
  /** How often which other status, or which network error. */
  refused: Record<string, number>
  /** From the first request to the last answer. */
  seconds: number
  p50Ms: number
  p99Ms: number
}

/** A listening socket's queue is shorter than the crowd: connections are opened by so many at a time. */
const OPEN_AT_ONCE = 100
const HEADERS = { 'content-type': 'application/json', origin: LANDING_ORIGIN }

answerParent<LoadOrder, Load>(async ({ url, connections, requests, visitors }) => {
  const { origin, pathname } = new URL(url)
  // Prepared beforehand: the machine's cores are for the others while the clock runs.
  const bodies: string[] = []
  for (let n = 0; n < requests; n++) bodies.push(await visitorBody(visitors, n))
  const clients = Array.from({ length: connections }, () => new Client(origin, { bodyTimeout: 0, headersTimeout: 0 }))
  for (let n = 0; n < connections; n += OPEN_AT_ONCE) {
    await Promise.all(clients.slice(n, n + OPEN_AT_ONCE).map((client) => visit(client, '/')))
  }

  const latencies: number[] = []
  const refused: Record<string, number> = {}
  const begun = performance.now()
  await Promise.all(
    clients.map(async (client) => {
      for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
        const sentAt = performance.now()
        const outcome = await visit(client, pathname, body)
        if (outcome === 200) latencies.push(performance.now() - sentAt)
        else refused[outcome] = (refused[outcome] ?? 0) + 1
      }
    }),
  )
  const seconds = (performance.now() - begun) / 1_000
  await Promise.all(clients.map((client) => client.destroy()))

  latencies.sort((a, b) => a - b)
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0
  return { answered: latencies.length, refused, seconds, p50Ms: percentile(0.5), p99Ms: percentile(0.99) }
})

/** One request, by the cheapest way that undici has. Resolves with its status, or with the error's code. */
function visit(client: Client, path: string, body?: string): Promise<number | string> {
  return new Promise((resolve) => {
    let status = 0
    client.dispatch(
      { path, method: body === undefined ? 'GET' : 'POST', headers: HEADERS, body: body ?? null },
      {
        onRequestStart: () => undefined,
        onResponseStart(_, statusCode) {
          status = statusCode
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(status),
        onResponseError: (_, error) => resolve((error as NodeJS.ErrnoException).code ?? error.name),
      },
    )
  })
}
