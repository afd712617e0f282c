import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerParent } from './worker.ts'

/** Sets how long each call takes from now on. */
export interface PartnerCommand {
  latencyMs: number
}

export interface PartnerState {
  /** Its base URL. */
  url: string
  /** So far. */
  calls: number
  /** Different e-mails so far. */
  accounts: number
}

/** The partner's usual answer, with a login as a number. */
const ANSWER = JSON.stringify({
  success: true,
  domain: 'partner.example',
  login: 48_151_623,
  password: 'k7Qz-mV2p-Rt9x',
  autologin: 'https://partner.example/autologin/3f9b6c1e8a2d4b7f9c0e5a1d',
  deposit: '/deposit?currency=EUR',
  main: '/',
  custom_login_link: '',
})
const HEADERS = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ANSWER) }

const accounts = new Set<string>()
let calls = 0
let latencyMs = 0

const server = createServer((request, response) => {
  const answer = () => response.writeHead(200, HEADERS).end(ANSWER)
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    body += chunk
  })
  request.on('end', () => {
    if (request.method !== 'POST') return response.writeHead(404).end()
    calls++
    accounts.add((JSON.parse(body) as { email: string }).email)
    return latencyMs > 0 ? setTimeout(answer, latencyMs) : answer()
  })
})
// An idle connection closed at the wrong moment would be an error of the contender's.
server.keepAliveTimeout = 600_000
const listening = once(server.listen(0, '127.0.0.1', 8_192), 'listening')

answerParent<PartnerCommand, PartnerState>(async (command) => {
  latencyMs = command.latencyMs
  await listening
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, accounts: accounts.size }
})
