import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A line of some length between one browser and one server. */
export interface Line extends AsyncDisposable {
  url: string
  /** What came from the browser, such as `OPTIONS /register`. */
  requests: string[]
}

/** What a new connection costs before its first request may go: TCP, then TLS 1.3. */
const HANDSHAKES = 2

/**
 * Every byte is half a round trip on its way, and a new connection first pays for its handshakes. Chromium's own
 * emulation delays neither handshakes nor preflights (seen: it answers them within 5 ms at 150), which are just what
 * the two pages differ in.
 */
export async function openLine(port: number, roundTripMs: number): Promise<Line> {
  const sockets = new Set<Socket>()
  const requests: string[] = []

  /** In their order, and all of them, even if the sender has left meanwhile. */
  function pass(from: Socket, to: Socket, openAt: number): void {
    let last = Promise.resolve()
    const afterTheWay = (act: () => void) => {
      const arrivesAt = Math.max(performance.now(), openAt) + roundTripMs / 2
      last = last.then(() => sleep(Math.max(0, arrivesAt - performance.now()))).then(act)
    }
    from.on('data', (bytes) => afterTheWay(() => to.write(bytes)))
    from.on('close', () => afterTheWay(() => to.end()))
    from.on('error', () => from.destroy())
  }

  const line = createServer((browser) => {
    const server = connect(port, '127.0.0.1')
    for (const socket of [browser, server]) {
      socket.setNoDelay()
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    browser.on('data', (bytes) => {
      const [, request] = /^([A-Z]+ [^\s?]+)\S* HTTP/.exec(bytes.toString('latin1')) ?? []
      if (request) requests.push(request)
    })
    pass(browser, server, performance.now() + HANDSHAKES * roundTripMs)
    pass(server, browser, 0)
  }).listen(0, '127.0.0.1')
  await once(line, 'listening')

  return {
    url: `http://127.0.0.1:${(line.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      line.close()
      await once(line, 'close')
    },
  }
}
