import type { Page } from 'playwright-core'
import { openLine } from './open-line.ts'
import type { Stage } from './start-stage.ts'

/** The page as it was; as it is; and as it is, but calling without a `warm()` before. */
export type PageKind = 'old' | 'new' | 'new, cold'

export interface Visitor {
  email: string
  /** Of every line between this visitor and a server. */
  roundTripMs: number
  /** Leaves for the deposit link at once. It answers after its own handshakes, over round trips of this length. */
  leavesOver?: number
}

export interface Visit {
  /** From the click until the page has the link; `NaN` for a visitor who left. */
  linkMs: number
  /** What the click made the browser send, in its order, such as `OPTIONS /register`. */
  requests: string[]
}

/** TCP, TLS 1.3, and the request for the deposit page. */
const ROUND_TRIPS_TO_DEPOSIT_PAGE = 3

/** One visitor with a browser profile and lines of their own: no connection, cache or preflight is there before. */
export async function visit(stage: Stage, kind: PageKind, visitor: Visitor): Promise<Visit> {
  const { system, oldServices, browser } = stage
  await using lines = new AsyncDisposableStack()
  const lineTo = async (port: number) => lines.use(await openLine(port, visitor.roundTripMs))
  const [ipLookUp, partner, userApi, server] = await Promise.all([
    lineTo(oldServices.ipLookUpPort),
    lineTo(oldServices.partnerPort),
    lineTo(oldServices.userApiPort),
    lineTo(system.serverPort),
  ])
  const open = kind === 'old' ? [ipLookUp, partner, userApi] : [server]

  const context = await browser.newContext()
  lines.defer(() => context.close())
  const page = await context.newPage()
  const params = new URLSearchParams({
    ...{ ipLookUp: ipLookUp.url, partner: partner.url, userApi: userApi.url, endpoint: server.url },
    ...{ email: visitor.email, warms: kind === 'new' ? 'yes' : '', leaves: visitor.leavesOver ? 'yes' : '' },
  })
  await page.goto(`${system.pageUrl}/${kind === 'old' ? 'old' : 'new'}?${params}`)
  await page.locator('button:enabled').waitFor()
  for (const line of open) line.requests.length = 0

  if (visitor.leavesOver) await answerDepositPage(page, visitor.leavesOver * ROUND_TRIPS_TO_DEPOSIT_PAGE)
  const left = visitor.leavesOver && page.waitForURL(({ protocol }) => protocol === 'https:', { waitUntil: 'commit' })
  await page.click('button')
  const linkMs = left ? Number.NaN : Number(await page.locator('output:not(:empty)').textContent())
  await left
  if (left && kind === 'old') {
    // The visitor may still be saved: a browser may keep a page alive for a while after it was left.
    const patience = AbortSignal.timeout(5 * visitor.roundTripMs + 500)
    await oldServices.untilSaved(visitor.email, patience).catch(() => {})
  }
  return { linkMs, requests: open.flatMap(({ requests }) => requests) }
}

/** Takes the place of the partner's site: https, and nobody's in a test. */
async function answerDepositPage(page: Page, afterMs: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  devtools.on('Fetch.requestPaused', async ({ requestId }) => {
    await page.waitForTimeout(afterMs)
    const body = Buffer.from('<h1>Deposit</h1>').toString('base64')
    await devtools.send('Fetch.fulfillRequest', { requestId, responseCode: 200, body })
  })
  // Only this address: what is intercepted would lose its preflight.
  await devtools.send('Fetch.enable', { patterns: [{ urlPattern: 'https://*' }] })
}
