import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { vi } from 'vitest'
import type { LoadBalancer } from './load-balancer.ts'

interface Replica {
  port: number
  isUp: boolean
  /** Checks in a row that said otherwise. */
  contrary: number
  requests: number
}

/** What of HAProxy's configuration matters here. */
interface Rules {
  everyMs: number
  checkWithinMs: number
  fall: number
  rise: number
  retries: number
}

/**
 * Keeps HAProxy's rules where there is no HAProxy: a request goes to the replica with the fewest that was ready when asked
 * last, to another one only where it couldn't be connected to, and is never sent twice.
 */
export async function startBalancingProxy(configuration: string, ports: readonly number[]): Promise<LoadBalancer> {
  const rules = rulesOf(configuration)
  const replicas = ports.map((port): Replica => ({ port, isUp: false, contrary: 0, requests: 0 }))
  const stopping = new AbortController()
  const checking = replicas.map((replica) => checkUntil(stopping.signal, replica, rules))
  const listener = createServer((incoming, outgoing) => void forward(incoming, outgoing, replicas, rules))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  await vi.waitFor(() => replicas.some(({ isUp }) => isUp) || Promise.reject(new Error('Nobody is ready.')))
  return {
    kind: 'stand-in',
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      listener.close()
      listener.closeAllConnections()
      await Promise.all(checking)
    },
  }
}

function rulesOf(configuration: string): Rules {
  const number = (pattern: RegExp) => Number(pattern.exec(configuration)?.[1])
  return {
    everyMs: number(/ inter (\d+)ms/),
    checkWithinMs: number(/timeout check (\d+)s/) * 1_000,
    fall: number(/ fall (\d+)/),
    rise: number(/ rise (\d+)/),
    retries: number(/ retries (\d+)/),
  }
}

async function checkUntil(signal: AbortSignal, replica: Replica, rules: Rules): Promise<void> {
  while (!signal.aborted) {
    const within = AbortSignal.timeout(rules.checkWithinMs)
    const isReady = await fetch(`http://127.0.0.1:${replica.port}/readyz`, { signal: within }).then(
      ({ ok }) => ok,
      () => false,
    )
    replica.contrary = isReady === replica.isUp ? 0 : replica.contrary + 1
    if (replica.contrary >= (replica.isUp ? rules.fall : rules.rise)) {
      replica.isUp = isReady
      replica.contrary = 0
    }
    await pause(rules.everyMs, undefined, { signal }).catch(() => undefined)
  }
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  replicas: readonly Replica[],
  { retries }: Rules,
): Promise<void> {
  const body = await buffer(incoming)
  let last: Replica | undefined
  for (let tries = 0; tries <= retries; tries++) {
    const up = replicas.filter((replica) => replica.isUp && replica !== last)
    const [next = last] = up.toSorted((a, b) => a.requests - b.requests)
    if (!next) break
    last = next
    next.requests += 1
    const end = await send(incoming, body, outgoing, next.port)
    next.requests -= 1
    if (end === 'sent') return
  }
  outgoing.writeHead(503).end()
}

/** `unconnected`: nothing was sent, and nothing answered. */
function send(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  port: number,
): Promise<'sent' | 'unconnected'> {
  return new Promise((resolve) => {
    let isConnected = false
    const sent = httpRequest({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
      answer.once('close', () => resolve('sent'))
    })
    sent.once('socket', (socket) =>
      socket.once('connect', () => {
        isConnected = true
      }),
    )
    sent.once('error', () => {
      if (!isConnected) return resolve('unconnected')
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(502).end()
      resolve('sent')
    })
    outgoing.once('close', () => sent.destroy())
    sent.end(body)
  })
}
