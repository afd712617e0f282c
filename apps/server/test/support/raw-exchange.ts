import { once } from 'node:events'
import { connect } from 'node:net'

/** The bytes that came back on one connection until the server closed it, and how long that took. */
export interface RawExchange {
  text: string
  status: number
  body: string
  afterMs: number
}

/** Sends these bytes and waits until the server closes the connection. @param options.end whether to end the sending side */
export async function exchangeRaw(url: string, bytes: string | Uint8Array, { end = false } = {}): Promise<RawExchange> {
  const startedAt = performance.now()
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // The server may close the connection before it has read everything.
  socket.on('error', () => undefined)
  if (end) socket.end(bytes)
  else socket.write(bytes)
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString('utf8')
  const [, status = '0'] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? []
  const body = text.slice(text.indexOf('\r\n\r\n') + 4)
  return { text, status: Number(status), body, afterMs: performance.now() - startedAt }
}
