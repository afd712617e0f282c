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

/** As much of a request as goes into the page. */
interface Asking {
  method?: string
  body?: string
  headers?: Record<string, string>
  credentials?: 'include'
  mode?: 'no-cors'
}

/** What a page's script gets to see of an answer: its status and its text, or nothing at all. */
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

describe('a page of a foreign origin, in a real browser', () => {
  it.each([
    ['JSON, which asks before', REST, { method: 'POST', body, headers: { 'content-type': 'application/json' } }],
    ['JSON to tRPC', TRPC, { method: 'POST', body, headers: { 'content-type': 'application/json' } }],
    ['text, which asks nobody', TRPC, { method: 'POST', body, headers: { 'content-type': 'text/plain' } }],
    ['a request with cookies', TRPC, { method: 'POST', body, credentials: 'include' as const }],
    ['the OpenAPI document', '/openapi.json', {}],
  ])('reads nothing: %s', async (_, path, init) => {
    await using page = await openPage(foreignUrl)
    expect(await ask(page, path, init)).toBe('TypeError')
  })

  it('reads nothing of a request that it sends blindly', async () => {
    await using page = await openPage(foreignUrl)
    expect(await ask(page, TRPC, { method: 'POST', body, mode: 'no-cors' })).toBe('opaque 0 ')
  })

  it('gets nothing done by a form', async () => {
    await using page = await openPage(foreignUrl)
    const answered = page.waitForResponse((response) => response.url().endsWith(TRPC))
    await page.setContent(
      `<form method="post" enctype="text/plain" action="${system.serverUrl}${TRPC}">
         <input name='{"email":"ann@example.com","visitorId":"v","x":"' value='"}'></form>`,
    )
    await page.evaluate(() => document.forms[0]?.submit())
    expect((await answered).status()).toBe(403)
  })

  it('reads nothing out of a sandbox, which has no origin', async () => {
    await using page = await openPage(foreignUrl)
    const seen = page.evaluate(
      ([url, text]) =>
        new Promise((resolve) => {
          addEventListener('message', ({ data }) => resolve(data))
          const frame = document.createElement('iframe')
          frame.sandbox.add('allow-scripts')
          const tell = "(what) => parent.postMessage(what, '*')"
          const options = JSON.stringify({ method: 'POST', body: text })
          frame.srcdoc = `<script>fetch('${url}', ${options}).then(() => 'read', ({ name }) => name).then(${tell})</script>`
          document.body.append(frame)
        }),
      [`${system.serverUrl}${TRPC}`, body] as const,
    )
    expect(await seen).toBe('TypeError')
  })

  it('shows the server’s pages in no frame', async () => {
    await using page = await openPage(foreignUrl)
    await page.setContent(`<iframe src="${system.serverUrl}/docs"></iframe>`)
    const refused = page.waitForEvent('console', (message) => /frame-ancestors|X-Frame-Options/i.test(message.text()))
    await page.reload()
    await page.setContent(`<iframe src="${system.serverUrl}/docs"></iframe>`)
    expect((await refused).text()).toMatch(/refused|violates|denied/i)
  })

  it('has reached neither the partner nor the database by any of it', async () => {
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
