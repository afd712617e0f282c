import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { askServer } from '../src/ask-server.ts'
import { STAND_INS, type StandIns, trpcFromSource } from '../trpc-from-source.ts'
import { root } from './support/packed-sdk.ts'
import {
  answers,
  errorPage,
  fails,
  hangsUp,
  pending,
  type Reply,
  registered,
  scriptedServer,
} from './support/scripted-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'registration-sdk-trpc-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
// tsup leaves it running for its next build.
const { resolve } = createRequire(import.meta.url)
const esbuild: { stop(): void } = createRequire(resolve('tsup'))('esbuild')
afterAll(() => esbuild.stop())

/** `askServer`, bundled as it is published, but for the compression. */
async function bundle(name: string, standIns: StandIns): Promise<string> {
  await build({
    ...{ config: false, silent: true, entry: { [name]: join(root, 'src/ask-server.ts') }, outDir: folder },
    ...{ format: 'esm', target: 'es2020', platform: 'neutral', treeshake: true, outExtension: () => ({ js: '.mjs' }) },
    ...{ esbuildPlugins: [trpcFromSource(standIns)], noExternal: [/^@trpc\//, /^@registration\/shared/] },
  })
  return join(folder, `${name}.mjs`)
}

describe('the build', () => {
  it('fails when a file that has a stand-in is gone', async () => {
    await expect(bundle('gone', { ...STAND_INS, 'moved.ts': '' })).rejects.toThrow(
      '@trpc/client has no src/moved.ts any more.',
    )
  })

  it('fails when a file that has a stand-in is no longer used', async () => {
    await expect(bundle('unused', { ...STAND_INS, 'links/httpBatchLink.ts': '' })).rejects.toThrow(
      'httpLink does not use src/links/httpBatchLink.ts any more.',
    )
  })
})

describe('the bundle', () => {
  const name = 'Zoë "quoted" \u2028 \\ 😀'
  const question = {
    path: 'orchestrateRegistration',
    input: { email: 'ann@example.com', name, visitorId: 'v-1', trafficParams: { tag: '' }, idempotencyKey: 'k-1' },
  } as const

  let published: typeof askServer
  beforeAll(async () => {
    published = (await import(await bundle('ask-server', STAND_INS))).askServer
  })

  function json(status: number, body: string): Reply {
    return (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  }

  function plain(outcome: object): object {
    if (!(outcome instanceof Error)) return outcome
    const { cause, ...fields } = outcome as Error
    return { ...fields, message: outcome.message, cause: cause instanceof Error ? `${cause}` : cause }
  }

  it.each<[string, Reply]>([
    ['a success', answers(registered)],
    ['a success without a link', answers({ ...registered, depositUrl: null, code: 'LINK_UNAVAILABLE' })],
    ['a 202', pending(1500)],
    ['a refusal', fails('MULTIPLE_ACCOUNTS', { error: 'Multiple accounts' })],
    ['a passing failure', fails('OVERLOADED', { retryAfterMs: 1500 })],
    ['an error of the server', fails('INTERNAL')],
    ['an error of tRPC itself', json(405, '{"error":{"message":"No","code":-32005,"data":{"httpStatus":405}}}')],
    ['an error without data', json(500, '{"error":{"message":"No","code":-32603}}')],
    ['an error that is not of tRPC', json(400, '{"error":"bad request","message":"No"}')],
    ['a result that is none', json(200, '{"result":null}')],
    ['JSON that is no object', json(200, 'null')],
    ['JSON of somebody else', json(200, '{"hello":"world"}')],
    ['JSON that breaks off', json(200, '{"result":')],
    ['no body', json(200, '')],
    ["a proxy's error page", errorPage(502)],
    ['a connection that breaks', hangsUp],
  ])('sends and understands the same as the whole of tRPC does: %s', async (_, reply) => {
    await using server = await scriptedServer(reply)
    const [ours, whole] = [published, askServer]
    const sending = { keepalive: false, timeoutMs: 600_000 }
    const outcomes = [await ours(question, server, sending), await whole(question, server, sending)]
    expect(plain(outcomes[0] as object)).toEqual(plain(outcomes[1] as object))
    expect(server.requests).toHaveLength(2)
    expect(server.requests[0]).toEqual(server.requests[1])
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/trpc/orchestrateRegistration',
      input: question.input,
    })
  })

  it('understands the same where nobody listens', async () => {
    const nowhere = { endpoint: 'http://127.0.0.1:1' }
    const sending = { keepalive: false, timeoutMs: 600_000 }
    const outcomes = [await published(question, nowhere, sending), await askServer(question, nowhere, sending)]
    expect(plain(outcomes[0] as object)).toEqual(plain(outcomes[1] as object))
    expect(outcomes[0]).toMatchObject({ code: 'NETWORK', cause: expect.any(TypeError) })
  })

  it('hangs up as the whole of tRPC does when it is aborted', async () => {
    const arrived = new EventEmitter()
    const hungUp: Promise<unknown>[] = []
    await using server = await scriptedServer((response) => {
      hungUp.push(once(response, 'close'))
      arrived.emit('request')
    })
    // The time is up when the request is there, neither earlier nor later.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const outcomes: unknown[] = []
    for (const ask of [published, askServer]) {
      const asked = once(arrived, 'request')
      const outcome = ask(question, server, { keepalive: false, timeoutMs: 1_000 })
      await asked
      vi.advanceTimersByTime(1_000)
      outcomes.push(await outcome)
    }
    expect(plain(outcomes[0] as object)).toEqual(plain(outcomes[1] as object))
    expect(outcomes[0]).toMatchObject({ code: 'NETWORK' })
    expect(server.requests[0]).toEqual(server.requests[1])
    expect(await Promise.all(hungUp)).toHaveLength(2)
  })
})
