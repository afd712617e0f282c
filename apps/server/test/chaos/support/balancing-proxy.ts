import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '@registration/test-harness'
import { expect } from 'vitest'
import type { LoadBalancer } from './load-balancer.ts'

interface Replica {
  port: number
  isReady: boolean
  /** Requests in progress. */
  requests: number
}

const CHECK_EVERY_MS = 200
const CHECK_WITHIN_MS = 2_000

/**
 * Balances as HAProxy is configured to: a request goes to the ready replica with the fewest requests in progress, by the
 * last health check; to another one only if the connection was refused; it is never sent twice.
 */
export async function startBalancingProxy(ports: readonly number[]): Promise<LoadBalancer> {
  const replicas = ports.map((port): Replica => ({ port, isReady: false, requests: 0 }))
  const stopping = new AbortController()
  const checking = replicas.map((replica) => checkUntil(stopping.signal, replica))
  const listener = createServer((incoming, outgoing) => {
    forward(incoming, outgoing, replicas).catch(() => outgoing.destroy())
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const areReady = () => replicas.filter(({ isReady }) => isReady)
  await eventually(() => expect(areReady()).not.toEqual([]))
  return {
    kind: 'a small proxy',
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      listener.close()
      listener.closeAllConnections()
      await Promise.all(checking)
    },
  }
}

async function checkUntil(signal: AbortSignal, replica: Replica): Promise<void> {
  while (!signal.aborted) {
    const within = AbortSignal.timeout(CHECK_WITHIN_MS)
    replica.isReady = await fetch(`http://127.0.0.1:${replica.port}/readyz`, { signal: within }).then(
      ({ ok }) => ok,
      () => false,
    )
    await pause(CHECK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  replicas: readonly Replica[],
): Promise<void> {
  const body = await buffer(incoming)
  const ready = replicas.filter(({ isReady }) => isReady).toSorted((a, b) => a.requests - b.requests)
  for (const replica of ready) {
    replica.requests += 1
    const end = await send(incoming, body, outgoing, replica.port)
    replica.requests -= 1
    if (end === 'sent') return
  }
  outgoing.writeHead(503).end()
}

/** Forwards a request. @returns `unconnected` if the connection failed, so that nothing was sent */
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
