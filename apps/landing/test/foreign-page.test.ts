import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/start-system.ts'

const open = new AsyncDisposableStack()
let browser: RunningBrowser
let system: System
let foreignUrl: string

beforeAll(async () => {
  browser = open.use(await startBrowser())
  system = open.use(await startSystem())
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>A foreign page</title>')
  }).listen(0, '127.0.0.1')
  open.defer(() => void site.close())
  await once(site, 'listening')
  foreignUrl = `http://localhost:${(site.address() as AddressInfo).port}/`
})
afterAll(() => open.disposeAsync())

async function openPage(url: string): Promise<Page & AsyncDisposable> {
  const page = await browser.browser.newPage()
  await page.goto(url)
  return Object.assign(page, { [Symbol.asyncDispose]: () => page.close() })
}

/** The part of a request that can be passed into the page. */
interface Asking {
  method?: string
  body?: string
  headers?: Record<string, string>
  credentials?: 'include'
  mode?: 'no-cors'
}

/** Sends a request from the page's script. Returns the type, status and text that the script can read, or the error's name. */
function ask(page: Page, path: string, init: Asking): Promise<string> {
  return page.evaluate(
    async ([url, options]) => {
      try {
        const response = await fetch(url, options)
        return `${response.type} ${response.status} ${await response.text()}`
      } catch (error) {
        return (error as Error).name
      }
    },
    [`${system.serverUrl}${path}`, init] as const,
  )
}

const REST = '/api/users/orchestrate-registration'
const TRPC = '/trpc/orchestrateRegistration'
const body = JSON.stringify({ email: 'ann@example.com', visitorId: 'visitor-1' })

describe('a page of a foreign origin in a real browser', () => {
  it.each([
    ['JSON after a preflight', REST, { method: 'POST', body, headers: { 'content-type': 'application/json' } }],
    ['JSON to tRPC', TRPC, { method: 'POST', body, headers: { 'content-type': 'application/json' } }],
    ['a request with cookies', TRPC, { method: 'POST', body, credentials: 'include' as const }],
    ['the OpenAPI document', '/openapi.json', {}],
  ])('cannot read the response to %s', async (_, path, init) => {
    await using page = await openPage(foreignUrl)
    expect(await ask(page, path, init)).toBe('TypeError')
  })

  it('reads only that its origin is not allowed in the response to text without a preflight', async () => {
    await using page = await openPage(foreignUrl)
    const answer = await ask(page, TRPC, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
    expect(answer).toMatch(/^cors 403 .*ORIGIN_NOT_ALLOWED/)
  })

  it('cannot read the response to a no-cors request', async () => {
    await using page = await openPage(foreignUrl)
    expect(await ask(page, TRPC, { method: 'POST', body, mode: 'no-cors' })).toBe('opaque 0 ')
  })

  it('cannot register by a form', async () => {
    await using page = await openPage(foreignUrl)
    const answered = page.waitForResponse((response) => response.url().endsWith(TRPC))
    await page.setContent(
      `<form method="post" enctype="text/plain" action="${system.serverUrl}${TRPC}">
         <input name='{"email":"ann@example.com","visitorId":"v","x":"' value='"}'></form>`,
    )
    await page.evaluate(() => document.forms[0]?.submit())
    expect((await answered).status()).toBe(403)
  })

  it('reads only that its origin is not allowed from a sandboxed frame, whose origin is null', async () => {
    await using page = await openPage(foreignUrl)
    const seen = page.evaluate(
      ([url, text]) =>
        new Promise((resolve) => {
          addEventListener('message', ({ data }) => resolve(data))
          const frame = document.createElement('iframe')
          frame.sandbox.add('allow-scripts')
          const tell = "(what) => parent.postMessage(what, '*')"
          const options = JSON.stringify({ method: 'POST', body: text })
          frame.srcdoc = `<script>fetch('${url}', ${options}).then((it) => it.text(), ({ name }) => name).then(${tell})</script>`
          document.body.append(frame)
        }),
      [`${system.serverUrl}${TRPC}`, body] as const,
    )
    expect(await seen).toContain('ORIGIN_NOT_ALLOWED')
  })

  it('cannot show the server’s pages in a frame', async () => {
    await using page = await openPage(foreignUrl)
    await page.setContent(`<iframe src="${system.serverUrl}/docs"></iframe>`)
    const refused = page.waitForEvent('console', (message) => /frame-ancestors|X-Frame-Options/i.test(message.text()))
    await page.reload()
    await page.setContent(`<iframe src="${system.serverUrl}/docs"></iframe>`)
    expect((await refused).text()).toMatch(/refused|violates|denied/i)
  })

  it('has caused no call to the partner and no row', async () => {
    expect(system.partner.ledger.calls).toEqual([])
    const { rows } = await system.database.query('select from registrations')
    expect(rows).toEqual([])
  })
})

it('an allowed page reads its answers', async () => {
  await using page = await openPage(system.pageUrl)
  const answer = await ask(page, TRPC, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
  expect(answer).toMatch(/^cors 401 .*VERIFICATION_REQUIRED/)
})
