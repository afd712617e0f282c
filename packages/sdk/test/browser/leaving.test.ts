import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answers, registered, scriptedServer } from '../support/scripted-server.ts'
import { serveScenes } from '../support/serve-scenes.ts'

let site: Awaited<ReturnType<typeof serveScenes>>
let chromium: RunningBrowser

beforeAll(async () => {
  ;[site, chromium] = await Promise.all([serveScenes(), startBrowser()])
})

afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await site?.[Symbol.asyncDispose]()
})

const VISITORS = 12

/** A page on which a click registers the visitor named in the address and leaves in the same moment. */
const leavingPages: Record<string, (endpoint: string) => string> = {
  'location.href in the same tick': (endpoint) => `<!doctype html>
    <script src="/sdk.js" data-endpoint="${endpoint}"></script>
    <button>Register</button>
    <script>
      document.querySelector('button').onclick = () => {
        Registration.orchestrateRegistration(location.search.slice(1), 'Ann', {}, 'v-1')
        location.href = '/elsewhere'
      }
    </script>`,
  "a form's own submit": (endpoint) => `<!doctype html>
    <script src="/sdk.js" data-endpoint="${endpoint}"></script>
    <form action="/elsewhere" method="post"><button>Register</button></form>
    <script>
      document.querySelector('form').onsubmit = () => {
        Registration.orchestrateRegistration(location.search.slice(1), 'Ann', {}, 'v-1')
      }
    </script>`,
}

it.each(Object.keys(leavingPages))('every visitor who leaves by %s is registered, and has a key', async (kind) => {
  await using server = await scriptedServer(answers(registered))
  const url = site.add(leavingPages[kind]?.(server.endpoint) ?? '')
  for (let visitor = 1; visitor <= VISITORS; visitor++) {
    const context = await chromium.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${url}?visitor-${visitor}@example.com`)
    await page.click('button')
    await page.waitForURL(/elsewhere/)
    await page.waitForLoadState('load')
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).length)).toBe(1)
    await context.close()
  }
  await expect.poll(() => new Set(server.requests.map(({ input }) => input['email'])).size).toBe(VISITORS)
})

it('the key is stored and the request is under way when the turn that called has ended', async () => {
  await using server = await scriptedServer(answers(registered))
  const page = await chromium.browser.newPage()
  await page.goto(
    site.add(`<!doctype html><script src="/sdk.js" data-endpoint="${server.endpoint}"></script>
      <script>
        let sent = 0
        const original = window.fetch
        window.fetch = (...given) => (sent++, original(...given))
        function look() {
          Registration.orchestrateRegistration('turn@example.com', 'Ann', { tag: 'a' }, 'v-1')
          const keys = Object.keys(localStorage).length
          const channel = new MessageChannel()
          return new Promise((resolve) => {
            channel.port1.onmessage = () => resolve({ keys, sent })
            channel.port2.postMessage('the next turn')
          })
        }
      </script>`),
  )
  expect(await page.evaluate('look()')).toEqual({ keys: 1, sent: 1 })
  await page.close()
})

it('a tab does not wait for another tab of the same visitor that is blocked by an alert', async () => {
  await using server = await scriptedServer(answers(registered))
  const url = site.add(`<!doctype html><script src="/sdk.js" data-endpoint="${server.endpoint}"></script>
    <button id="call">Register</button><button id="block">Register and talk</button><output></output>
    <script>
      const register = () => Registration.orchestrateRegistration('tabs@example.com', 'Ann', {}, 'v-1')
      call.onclick = () => register().then(({ depositUrl }) => (document.querySelector('output').textContent = depositUrl))
      block.onclick = () => {
        register()
        alert('Thank you!')
      }
    </script>`)
  const context = await chromium.browser.newContext()
  const [first, second] = [await context.newPage(), await context.newPage()]
  await first.goto(url)
  await second.goto(url)
  const blocked = second.waitForEvent('dialog')
  // It waits for the alert to be closed.
  const clicked = second.click('#block').catch(() => {})
  const alert = await blocked
  await first.click('#call')
  await first.locator('output', { hasText: registered.depositUrl }).waitFor()
  await alert.accept()
  await clicked
  await expect.poll(() => new Set(server.requests.map(({ input }) => input['idempotencyKey'])).size).toBe(1)
  await context.close()
})
