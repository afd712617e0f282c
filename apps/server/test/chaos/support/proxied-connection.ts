import type { Socket } from 'node:net'

/** A fault that is injected into the first connection that sends a matching request. */
export interface ConnectionFault {
  /** Whether to inject it now. @param request what the client has sent since the last answer */
  matches(request: string): boolean
  /** The request, which then never arrives; or its answer, so that it is carried out and the client never knows. */
  lose: 'request' | 'answer'
  /** The connection is reset, or it falls silent: then neither end notices that the other one is gone. */
  by: 'cut' | 'silence'
}

/** A connection through the proxy. */
export interface ProxiedConnection {
  /** Resets both ends. */
  cut(): void
  /** Holds back all data and also the closing of either end. */
  silence(): void
  /** Delivers what was held back, including an answer that was to be lost; the connection works again. */
  resume(): void
}

/** Forwards data between the two ends. @param takeFault returns the fault to inject now, each fault once */
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
    const fault = takeFault(request, connection)
    const applyFault = () => (fault?.by === 'cut' ? connection.cut() : connection.silence())
    if (fault?.lose === 'answer') loseAnswer = applyFault
    if (fault?.lose === 'request') applyFault()
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
