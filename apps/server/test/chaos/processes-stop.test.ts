import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { chaosRun, loadMs } from './support/chaos-run.ts'
import { startChaosWorld } from './support/chaos-world.ts'
import { figuresOf, printFigures } from './support/figures.ts'
import { checkInvariants } from './support/invariants.ts'
import { sendRequest } from './support/send-request.ts'
import type { Visit } from './support/visit.ts'
import { sendVisitors } from './support/visitors.ts'

const { seed } = chaosRun
const LOAD_BEFORE_MS = 1_000
/** Between unready and gone is half a second, in which a busy machine may not come to ask. */
const STOPS_TO_HEAR_IT = 6

/** What a load balancer hears at `/readyz` until nobody is there, without repetitions. */
async function listenToReadiness(
  url: string | undefined,
  heard: (word: string) => void = () => undefined,
): Promise<string[]> {
  const words: string[] = []
  while (words.at(-1) !== 'nobody') {
    const word = await fetch(`${url}/readyz`).then(
      ({ status }) => `${status}`,
      () => 'nobody',
    )
    if (words.at(-1) === word) continue
    words.push(word)
    heard(word)
  }
  return words
}

it('stops in order under load: unready first, everybody let in is answered, nothing is left open', {
  timeout: 900_000,
}, async () => {
  await using world = await startChaosWorld({ replicas: 1 })
  const [server] = world.servers
  if (!server) throw new Error('There is no replica.')
  await world.partner.misbehave('*', 'slow-answer', { delayMs: 0.4 * world.partnerTimeoutMs })
  const visits: Visit[] = []
  const until = performance.now() + loadMs({ quickMs: 0, share: 0.05 })
  let stops = 0
  let heardUnready = false
  do {
    if (stops > 0) await server.start()
    let ready = true
    const readiness = listenToReadiness(server.url, (word) => {
      ready = word === '200'
    })
    const load = sendVisitors({
      name: `visitor ${stops}`.replace(' ', '-'),
      targets: [server],
      seed,
      atOnce: 40,
      goOn: () => ready,
      patienceMs: 0,
      requestMs: world.requestDeadlineMs + 5_000,
    })
    await pause(LOAD_BEFORE_MS)
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    const words = await readiness
    heardUnready ||= words.includes('503')
    expect(words.filter((word) => word !== '503')).toEqual(['200', 'nobody'])
    visits.push(...(await load))
    stops += 1

    // Nobody else is there who could have cleared up after it.
    const evidence = await checkInvariants(world, visits)
    const begun = new Set(evidence.rows.map(({ email }) => email))
    const unanswered = visits.filter(({ last }) => last.code === 'NETWORK')
    expect(unanswered.filter(({ email }) => begun.has(email))).toEqual([])
  } while (performance.now() < until || (!heardUnready && stops < STOPS_TO_HEAR_IT))
  expect(heardUnready).toBe(true)
  printFigures('replica stopped under load', seed, { stops, ...figuresOf(await checkInvariants(world, visits)) })
})

it('answers by the contract who was still sending when the port closed', { timeout: 60_000 }, async () => {
  await using world = await startChaosWorld({ replicas: 1 })
  const [server] = world.servers
  if (!server?.url) throw new Error('There is no replica.')
  const { hostname, port, host } = new URL(server.url)
  const body = JSON.stringify({ email: 'ann@chaos.example', visitorId: 'Ann' })
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  const answer = text(socket)
  socket.write(`POST /api/users/orchestrate-registration HTTP/1.1\r\nhost: ${host}\r\n`)
  const stopped = server.end('SIGTERM')
  await listenToReadiness(server.url)
  socket.write(`content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const [head, json] = (await answer).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/)
  expect(JSON.parse(`${json}`)).toMatchObject({ success: true, replayed: false })
  expect(await stopped).toEqual({ code: 0, signal: null })
})

it('finishes what its caller no longer waits for before it ends', { timeout: 60_000 }, async () => {
  await using world = await startChaosWorld({
    replicas: 1,
    env: { REQUEST_DEADLINE_MS: '200', PARTNER_TIMEOUT_MS: '5000' },
  })
  const [server] = world.servers
  await world.partner.misbehave('*', 'slow-answer', { delayMs: 2_000 })
  const request = { email: 'ann@chaos.example', visitorId: 'Ann' }
  const reply = await sendRequest(server?.url, 'rest', request, AbortSignal.timeout(10_000))
  expect(reply.code).toBe('PENDING')
  expect(await server?.end('SIGTERM')).toEqual({ code: 0, signal: null })
  const { rows } = await checkInvariants(world, [])
  expect(rows).toMatchObject([{ status: 'succeeded' }])
})
