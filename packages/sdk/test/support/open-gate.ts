import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The line between a browser and the server, on which what is on its way can be held, let go or lost. */
export interface Gate extends AsyncDisposable {
  url: string
  /** What came through from the browser, such as `POST /trpc/orchestrateRegistration`. */
  requests: string[]
  /** How many connections the browser has opened. */
  connections(): number
  /** Holds what goes in this direction from now on; resolves when there is something. */
  hold(direction: 'requests' | 'answers'): Promise<void>
  /** Lets go what is held, and everything after it. */
  release(): void
  /** Cuts every connection that is held, with what was on its way. */
  lose(): void
}

export async function openGate(port: number): Promise<Gate> {
  const lines = new Set<{ browser: Socket; server: Socket }>()
  const requests: string[] = []
  let connections = 0
  let held: 'requests' | 'answers' | undefined
  let somethingCame = Promise.withResolvers<void>()
  let waiting: (() => void)[] = []

  function pass(direction: 'requests' | 'answers', from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      const [, request] = /^([A-Z]+ \S+) HTTP/.exec(bytes.toString()) ?? []
      if (request) requests.push(request)
      if (held !== direction) return void to.write(bytes)
      waiting.push(() => to.write(bytes))
      somethingCame.resolve()
    })
    from.on('end', () => held !== direction && to.end())
    from.on('error', () => to.destroy())
    from.on('close', () => held !== direction && to.destroy())
  }

  const gate = createServer((browser) => {
    const server = connect(port, '127.0.0.1')
    const line = { browser, server }
    connections++
    lines.add(line)
    server.on('close', () => lines.delete(line))
    pass('requests', browser, server)
    pass('answers', server, browser)
  }).listen(0, '127.0.0.1')
  await once(gate, 'listening')

  const open = () => {
    held = undefined
    waiting = []
  }
  return {
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    requests,
    connections: () => connections,
    hold(direction) {
      held = direction
      somethingCame = Promise.withResolvers<void>()
      return somethingCame.promise
    },
    release() {
      const letGo = waiting
      open()
      for (const write of letGo) write()
    },
    lose() {
      open()
      for (const { browser, server } of lines) {
        browser.destroy()
        server.destroy()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { browser, server } of lines) {
        browser.destroy()
        server.destroy()
      }
      gate.close()
      await once(gate, 'close')
    },
  }
}
