import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { Refusal } from '../registration/refusal.ts'
import { failureOf } from './failure-of.ts'

/** By Node's own codes; whatever else its parser finds wrong is 400. */
const REFUSALS: Record<string, { status: number; sentence: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, sentence: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: { status: 431, sentence: 'The request headers are too long.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, sentence: 'The request body has too many chunk extensions.' },
}
const MALFORMED = { status: 400, sentence: 'The request is no valid HTTP.' }

/**
 * Answers what never became a request with the same error object as everything else, and hangs up. The log gets the
 * error's code alone: the error holds the bytes that came, and with them whatever the visitor sent.
 */
export function answerBrokenRequest(headers: Readonly<Record<string, string>>, log: FastifyBaseLogger) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const { status, sentence } = REFUSALS[error.code ?? ''] ?? MALFORMED
    const requestId = randomUUID()
    log.debug({ requestId, code: error.code }, 'a request was broken off')
    const { failure } = failureOf(new Refusal('INVALID_INPUT', { sentence }), requestId)
    const body = JSON.stringify(failure)
    const head = Object.entries({
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () => socket.destroy())
  }
}
