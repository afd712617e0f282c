import type { Socket } from 'node:net'

/** A fault that waits for its moment on whichever connection comes first. */
export interface ConnectionFault {
  /** Whether this is the moment, seeing what the client has sent since the last answer. */
  matches(request: string): boolean
  /** The request, which then never arrives; or its answer, so that it is done and nobody knows. */
  lose: 'request' | 'answer'
  /** Whether the connection is cut, or falls silent: then neither end hears that the other one is gone. */
  by: 'cut' | 'silence'
}

/** One connection through a proxy. */
export interface ProxiedConnection {
  /** Both ends are reset. */
  cut(): void
  /** Nothing passes any more, not even that an end has closed it; all of it is held. */
  silence(): void
  /** What was held arrives, late, and so does an answer that was to be lost; the connection is as it was. */
  resume(): void
}

/** Passes on what one end sends to the other. @param takeFault gives the strike whose moment this is, once */
export function proxyConnection(
  client: Socket,
  server: Socket,
  takeFault: (request: string, connection: ProxiedConnection) => ConnectionFault | undefined,
): ProxiedConnection {
  let held: (() => void)[] | undefined
  let request = ''
  let loseAnswer: (() => void) | undefined

  const pass = (effect: () => void) => (held ? held.push(effect) : effect())
  const connection: ProxiedConnection = {
    cut() {
      client.resetAndDestroy()
      server.resetAndDestroy()
    },
    silence() {
      held ??= []
    },
    resume() {
      const late = held ?? []
      held = undefined
      loseAnswer = undefined
      for (const effect of late) effect()
    },
  }

  client.on('data', (chunk) => {
    request += chunk.toString('latin1')
    const strike = takeFault(request, connection)
    const strikeNow = () => (strike?.by === 'cut' ? connection.cut() : connection.silence())
    if (strike?.lose === 'answer') loseAnswer = strikeNow
    if (strike?.lose === 'request') strikeNow()
    pass(() => server.write(chunk))
  })
  server.on('data', (chunk) => {
    request = ''
    loseAnswer?.()
    loseAnswer = undefined
    pass(() => client.write(chunk))
  })
  for (const [end, other] of [
    [client, server],
    [server, client],
  ] as const) {
    end.on('error', () => undefined)
    end.on('close', () => pass(() => other.destroySoon()))
  }
  return connection
}
