import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { OPERATOR_KEY, type OperatorServer, startOperatorServer } from './support/start-operator-server.ts'

let server: OperatorServer
let chromium: RunningBrowser
beforeAll(async () => {
  ;[server, chromium] = await Promise.all([startOperatorServer(), startBrowser()])
})
afterEach(() => {
  server.books.clear()
  server.requests.length = 0
})
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }

interface ConsoleOptions extends BrowserContextOptions {
  /** Whether the page has a clock that `laterShows` can put forward. */
  ownClock?: boolean
}

/** The console in a tab of its own. What its policy forbids, and what it throws, fails the test. */
async function openConsole(path = '', { ownClock = false, ...options }: ConsoleOptions = {}): Promise<Page> {
  const context = await chromium.browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (/Content Security Policy|Content-Security-Policy/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  onTestFinished(() => expect(complaints).toEqual([]))
  if (ownClock) await page.clock.install()
  await page.goto(server.url + path)
  return page
}

/** Puts the page's clock forward, past refreshes and retries, until this is shown. */
async function laterShows(page: Page, shown: Locator): Promise<void> {
  const look = async () => {
    await page.clock.fastForward(5_000)
    return shown.isVisible()
  }
  await expect.poll(look).toBe(true)
}

async function signIn(page: Page, key = OPERATOR_KEY): Promise<void> {
  await page.getByLabel('Operator key').fill(key)
  await page.keyboard.press('Enter')
}

async function openSignedIn(path = '', options: ConsoleOptions = {}): Promise<Page> {
  const page = await openConsole(path, options)
  await signIn(page)
  await page.getByRole('heading', { level: 1 }).and(page.locator('main *')).first().waitFor()
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  return page
}

/** A dialog takes the focus by two timers: keys pressed before the second one are lost. */
async function dialogHasFocus(page: Page): Promise<void> {
  await page.locator('[role=dialog] :focus').waitFor()
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
  )
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor()

const stuck = (email = 'lost@example.com') =>
  server.books.add({
    email,
    status: 'stuck',
    stuckReason: 'NOT_UNIQUE_BY_EMAIL',
    tag: 'spring',
    trafficParams: { tag: 'spring' },
    history: [
      { at: '2026-03-01T10:00:16.000Z', kind: 'status', status: 'stuck', replica: 'registration-1:7' },
      {
        at: '2026-03-01T10:00:15.000Z',
        kind: 'call',
        attempt: 1,
        outcome: 'unknown',
        durationMs: 15_000,
        why: 'recovery',
        lookedUp: true,
        replica: 'registration-0:7',
      },
      { at: '2026-03-01T10:00:00.000Z', kind: 'begun' },
    ],
  })

const succeeded = () =>
  server.books.add({ email: 'ann@example.com', status: 'succeeded', hasSecrets: true, partnerLogin: '42' })

describe('signing in', () => {
  it('a wrong key is refused with a message, and the right one signs in', async () => {
    const page = await openConsole()
    await signIn(page, 'a-key-that-nobody-has')
    await page.getByText('The server doesn’t know this key.').waitFor()
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    await signIn(page)
    await heading(page, 'Overview')
  })

  it('the key survives a reload, stays in its tab, and is forgotten on signing out', async () => {
    const page = await openSignedIn()
    await page.reload()
    await heading(page, 'Overview')
    const other = await page.context().newPage()
    await other.goto(server.url)
    await heading(other, 'Sign in')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await heading(page, 'Sign in')
    expect(await page.evaluate(() => JSON.stringify([sessionStorage, localStorage, document.cookie]))).not.toContain(
      OPERATOR_KEY,
    )
  })
})

it('a key that the server no longer knows ends the session with a message', async () => {
  succeeded()
  const page = await openSignedIn('/registrations', { ownClock: true })
  await page.getByRole('link', { name: 'ann@example.com' }).waitFor()
  const forbidden = { error: { message: 'no', code: -32_003, data: { code: 'FORBIDDEN', httpStatus: 403 } } }
  await page.route('**/operator/trpc/**', (route) => route.fulfill({ status: 403, json: forbidden }))
  await laterShows(page, page.getByText('The server no longer knows your key.'))
  expect(await page.getByText('ann@example.com').count()).toBe(0)
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(OPERATOR_KEY)
})

describe('a registration that is stuck', () => {
  it('is found from the overview, resolved with a reason, and its history names the operator', async () => {
    const { id } = stuck()
    succeeded()
    const page = await openSignedIn()
    await page.getByRole('link', { name: 'View them' }).click()
    await page.getByRole('link', { name: 'lost@example.com' }).click()
    await page.getByText('asking again could open a second account').waitFor()
    await page.getByText('Call 1: no usable answer').waitFor()
    await page.getByText('Probe by recovery · lookup only · on registration-0:7').waitFor()
    await page.getByText('on registration-1:7', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Resolve' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('The account exists, and I have its link').check()
    await dialog.getByLabel('Deposit link').fill('http://partner.example/deposit')
    await dialog.getByRole('button', { name: 'Resolve' }).click()
    await dialog.getByText('Give a reason').waitFor()
    await dialog.getByLabel('Reason').fill('Seen in the partner’s office, ticket 17')
    await dialog.getByRole('button', { name: 'Resolve' }).click()
    expect(server.books.find(id)?.status).toBe('stuck')

    await dialog.getByLabel('Deposit link').fill('https://partner.example/deposit')
    await dialog.getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('Resolved by olga').waitFor()
    await page.getByText('Seen in the partner’s office, ticket 17').waitFor()
    await dialog.waitFor({ state: 'detached' })
    expect(server.books.find(id)?.status).toBe('succeeded')
  })

  it('is resolved together with all others that have the same sentence', async () => {
    const sentence = 'Ce compte existe'
    const ids = ['a', 'b', 'c'].map((name) => {
      const registration = stuck(`${name}@example.com`)
      Object.assign(registration, { stuckReason: 'REJECTED_AFTER_UNKNOWN', partnerMessage: sentence })
      return registration.id
    })
    stuck('other@example.com')
    const page = await openSignedIn('/registrations?status=stuck')
    const panel = page.getByRole('region', { name: 'The partner’s sentences' })
    await panel.getByText('3 stuck').waitFor()
    await panel.getByRole('button', { name: 'Copy: phrase' }).waitFor()
    await panel.getByRole('button', { name: 'Resolve all' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resolve all 3 registrations with this sentence?' })
    await dialog.getByRole('button', { name: 'Resolve all' }).click()
    await dialog.getByText('Choose what you found.').waitFor()
    await dialog.getByLabel('The account exists, without a link').check()
    await dialog.getByLabel('Reason').fill('ticket 12')
    await dialog.getByRole('button', { name: 'Resolve all' }).click()
    await panel.getByText('Resolved: 3').waitFor()
    expect(ids.map((id) => server.books.find(id)?.status)).toEqual(ids.map(() => 'succeeded_without_link'))
    await page.getByRole('link', { name: 'other@example.com' }).waitFor()
  })

  it('can be resolved with the keyboard alone', async () => {
    const { id } = stuck()
    const page = await openConsole()
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null
        return element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent
      })
    const tabTo = async (name: string) => {
      for (let step = 0; step < 40; step += 1) {
        await page.keyboard.press('Tab')
        if ((await focused())?.includes(name)) return
      }
      throw new Error(`Tab never reaches ${name}.`)
    }
    await page.getByLabel('Operator key').waitFor()
    await page.keyboard.type(OPERATOR_KEY)
    await page.keyboard.press('Enter')
    await heading(page, 'Overview')
    await tabTo('Skip to content')
    await tabTo('Registrations')
    await page.keyboard.press('Enter')
    await heading(page, 'Registrations')
    await tabTo('lost@example.com')
    expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).not.toBe('none')
    await page.keyboard.press('Enter')
    await heading(page, 'lost@example.com')
    await tabTo('Resolve')
    await page.keyboard.press('Enter')
    await dialogHasFocus(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(focused).toBe('Resolve')

    await page.keyboard.press('Enter')
    const absent = page.getByLabel('There is no account')
    await dialogHasFocus(page)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await absent.isChecked()).toBe(true)
    await tabTo('Reason')
    await page.keyboard.type('Asked the partner')
    await tabTo('Resolve')
    await page.keyboard.press('Enter')
    await page.getByText('Resolved by olga').waitFor()
    expect(server.books.find(id)?.status).toBe('released')
  })
})

it('secrets are shown only after a reason, and that is recorded', async () => {
  const { id } = succeeded()
  const page = await openSignedIn(`/registrations/${id}`)
  await page.getByText('hidden').first().waitFor()
  expect(await page.getByText('p4ssw0rd').count()).toBe(0)
  await page.getByRole('button', { name: 'Show secrets' }).click()
  await page.getByLabel('Reason').fill('The visitor calls and has lost it')
  await page.getByRole('dialog').getByRole('button', { name: 'Show secrets' }).click()
  await page.getByText('p4ssw0rd').waitFor()
  expect(server.books.find(id)?.history[0]).toMatchObject({ action: 'reveal', by: 'olga' })
  await page.getByRole('button', { name: 'Hide secrets' }).click()
  expect(await page.getByText('p4ssw0rd').count()).toBe(0)
})

it('a person is erased only after a reason, and the page says so', async () => {
  const { id } = succeeded()
  const page = await openSignedIn(`/registrations/${id}`)
  await page.getByRole('button', { name: 'Erase person' }).click()
  await page.getByLabel('Reason').fill('Request 12')
  await page.getByRole('button', { name: 'Erase for good' }).click()
  await page.getByText('The person behind this registration was erased.').waitFor()
  expect(await page.getByText('ann@example.com').count()).toBe(0)
})

describe('the list', () => {
  it('is filtered by its address, and by an e-mail that is never part of the address', async () => {
    stuck()
    succeeded()
    const page = await openSignedIn('/registrations?tag=spring')
    await page.getByRole('link', { name: 'lost@example.com' }).waitFor()
    expect(await page.getByRole('link', { name: 'ann@example.com' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('link', { name: 'ann@example.com' }).waitFor()

    await page.getByLabel('E-mail').fill('ann@example.com')
    await page.getByRole('link', { name: 'lost@example.com' }).waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('link', { name: 'ann@example.com' }).waitFor()
    expect(await page.getByLabel('E-mail').inputValue()).toBe('ann@example.com')
    expect(await page.getByRole('link', { name: 'lost@example.com' }).count()).toBe(0)
    await page.getByRole('link', { name: 'ann@example.com' }).click()
    await heading(page, 'ann@example.com')
    for (const said of [page.url(), await page.title(), ...server.requests]) {
      expect(decodeURIComponent(said)).not.toContain('ann')
    }
  })

  it('can be paged forth and back', async () => {
    for (let number = 1; number <= 51; number += 1) {
      server.books.add({ email: `visitor-${number}@example.com`, status: 'succeeded' })
    }
    const page = await openSignedIn('/registrations')
    await page.getByRole('link', { name: 'visitor-51@example.com' }).waitFor()
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByRole('link', { name: 'visitor-1@example.com' }).waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'visitor-51@example.com' }).waitFor()
  })

  it('shows new registrations without a reload', async () => {
    const page = await openSignedIn('/registrations', { ownClock: true })
    await heading(page, 'No registrations yet')
    succeeded()
    await laterShows(page, page.getByRole('link', { name: 'ann@example.com' }))
  })
})

/** An event that its endpoint did not accept in any attempt, and did not answer in the first. */
const givenUp = ({ id: registrationId }: { id: string }, endpoint = 'crm') =>
  server.books.addEvent({
    ...{
      registrationId,
      endpoint,
      state: 'dead',
      attempts: 2,
      lastStatus: 503,
      finishedAt: '2026-03-04T11:00:00.000Z',
    },
    failures: [
      { attempt: 1, at: '2026-03-01T11:00:00.000Z', status: null, error: 'ECONNREFUSED' },
      { attempt: 2, at: '2026-03-04T11:00:00.000Z', status: 503, error: null },
    ],
  })

describe('events', () => {
  it('are filtered by their address, show each attempt, and can be sent again with the keyboard and a reason', async () => {
    const registration = succeeded()
    givenUp(registration)
    server.books.addEvent({ registrationId: registration.id, endpoint: 'mail' })
    const page = await openSignedIn('/events?endpoint=crm')
    const row = page.getByRole('row').filter({ hasText: 'Given up' })
    await row.getByText('2 × · HTTP 503').focus()
    await page.keyboard.press('Enter')
    await row.getByText('Attempt 1: ECONNREFUSED').waitFor()
    expect(await page.getByRole('row').filter({ hasText: 'mail' }).count()).toBe(0)

    await row.getByRole('button', { name: 'Send again' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Send this event to crm again?' })
    await dialog.waitFor()
    await dialogHasFocus(page)
    await page.keyboard.type('Ticket 12')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('row').filter({ hasText: 'Waiting' }).waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('cell', { name: 'mail' }).waitFor()
    expect(new URL(page.url()).search).toBe('')

    await page
      .getByRole('row')
      .filter({ hasText: 'mail' })
      .getByRole('link', { name: 'Registration', exact: true })
      .click()
    await page.getByText('Events sent again by olga').waitFor()
    const told = page.getByRole('region', { name: 'Notifications to other apps' })
    await told.getByRole('button', { name: 'Send again' }).nth(1).waitFor()
  })

  it('that were given up are all sent again in batches, as filtered', async () => {
    for (let number = 1; number <= 3; number += 1) givenUp(succeeded())
    givenUp(succeeded(), 'mail')
    const page = await openSignedIn('/events')
    const crm = page.getByRole('listitem').filter({ hasText: '3 given up' })
    await crm.getByRole('link', { name: 'crm' }).click()
    await page.getByRole('button', { name: 'Send all given up again' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Filters: crm.').waitFor()
    await dialog.getByRole('button', { name: 'Send all again' }).click()
    await dialog.getByText('Give a reason').waitFor()
    await dialog.getByLabel('Reason').fill('The endpoint is repaired')
    await dialog.getByRole('button', { name: 'Send all again' }).click()
    await page.getByText('Sent again: 3').waitFor()
    await heading(page, 'No events match these filters')
    expect(server.books.listEvents({ state: ['dead'] }).items).toMatchObject([{ endpoint: 'mail' }])
  })

  it('have a notice if no endpoint is configured', async () => {
    const page = await openSignedIn('/events')
    await heading(page, 'No app is notified')
    expect(await page.getByRole('button', { name: 'Send all given up again' }).isDisabled()).toBe(true)
  })
})

describe('the overview', () => {
  it('keeps its range in the address', async () => {
    server.books.add({ email: 'ann@example.com', status: 'succeeded', createdAt: '2026-03-01T10:00:00.000Z' })
    const page = await openSignedIn('/overview?from=2026-03-01T00:00:00.000Z&to=2026-03-02T00:00:00.000Z')
    await heading(page, 'Partner’s answer time')
    await page.getByRole('table', { name: 'Partner’s answer time' }).getByRole('cell', { name: '820 ms' }).waitFor()
    await page.getByText('24 hours', { exact: true }).click()
    await heading(page, 'No registrations in this period')
    await page.getByText('Custom', { exact: true }).click()
    await page.getByLabel('Started from').fill('2026-02-27T00:00')
    await page.getByLabel('Started before').fill('2026-03-03T00:00')
    await heading(page, 'Partner’s answer time')
    expect(new URL(page.url()).searchParams.get('to')).toBe(
      await page.evaluate(() => new Date('2026-03-03T00:00').toISOString()),
    )
    await page.reload()
    await heading(page, 'Partner’s answer time')
  })

  it('shows the funnel, and each figure links to the registrations that it counts', async () => {
    const createdAt = '2026-03-01T10:00:00.000Z'
    for (const [email, status] of [
      ['ann@example.com', 'succeeded'],
      ['bob@example.com', 'succeeded_without_link'],
      ['cora@example.com', 'rejected'],
      ['dan@example.com', 'uncertain'],
    ] as const)
      server.books.add({ email, status, createdAt, tag: 'spring' })
    server.books.add({ email: 'new@example.com', status: 'rejected', code: 'MULTIPLE_ACCOUNTS' })
    const overview = '/overview?from=2026-03-01T00:00:00.000Z&to=2026-03-02T00:00:00.000Z'
    const page = await openSignedIn(overview)
    const funnel = page.getByRole('region', { name: 'Funnel' })
    await heading(page, 'Funnel')
    expect(await funnel.getByRole('row').allInnerTexts()).toEqual([
      expect.stringMatching(/Stage\s+Registrations\s+Of all/),
      expect.stringMatching(/Started\s+4\s+100%/),
      expect.stringMatching(/Answered by the partner\s+3\s+75%/),
      expect.stringMatching(/Account opened\s+2\s+50%/),
      expect.stringMatching(/Link received\s+1\s+25%/),
    ])
    const listed = async (link: Locator) => {
      await link.click()
      await heading(page, 'Registrations')
      await page
        .getByRole('link', { name: /@example/ })
        .first()
        .waitFor()
      const names = await page.getByRole('link', { name: /@example/ }).allInnerTexts()
      await page.goBack()
      await heading(page, 'Funnel')
      return names.map((name) => name.replace('@example.com', '')).toSorted()
    }
    const figures = page.getByRole('list').filter({ hasText: 'Success rate' })
    expect(await listed(funnel.getByRole('link', { name: 'Account opened' }))).toEqual(['ann', 'bob'])
    expect(await listed(figures.getByRole('link', { name: 'Registrations started' }))).toEqual([
      'ann',
      'bob',
      'cora',
      'dan',
    ])
    expect(await listed(figures.getByRole('link', { name: 'Unfinished now' }))).toEqual(['dan'])
    expect(await listed(page.getByRole('link', { name: 'spring' }))).toEqual(['ann', 'bob', 'cora', 'dan'])
    expect(
      await listed(page.getByRole('region', { name: 'Statuses' }).getByRole('link', { name: 'Rejected' })),
    ).toEqual(['cora'])
  })

  it('does not poll while its tab is hidden, and continues when the tab is shown', async () => {
    const page = await openSignedIn('', { ownClock: true })
    await page.getByText(/^Live, as of/).waitFor()
    const turn = (state: 'hidden' | 'visible') =>
      page.evaluate((now) => {
        Object.defineProperty(document, 'visibilityState', { value: now, configurable: true })
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
      }, state)
    await turn('hidden')
    await page.getByText(/^Paused, as of/).waitFor()
    server.requests.length = 0
    await page.clock.runFor(60_000)
    expect(server.requests).toEqual([])
    const asked = page.waitForResponse(/stats/)
    await turn('visible')
    await asked
    await page.getByText(/^Live, as of/).waitFor()
  })

  it('shows that it is offline, keeps its data, and continues when it is online', async () => {
    succeeded()
    const page = await openSignedIn('', { ownClock: true })
    await heading(page, 'Partner’s answer time')
    await page.context().setOffline(true)
    await laterShows(page, page.getByText(/^No answer; as of/))
    await page.getByRole('link', { name: 'Registrations', exact: true }).click()
    await laterShows(page, page.getByRole('heading', { name: 'The server can’t be reached' }))
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.context().setOffline(false)
    await laterShows(page, page.getByRole('link', { name: 'ann@example.com' }))
  })
})

it('a retry needs a reason, and its history entry names the operator', async () => {
  const { id } = stuck()
  const page = await openSignedIn(`/registrations/${id}`)
  await page.getByRole('button', { name: 'Retry' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await dialog.getByText('Give a reason').waitFor()
  expect(server.books.find(id)?.history).toHaveLength(3)
  await dialog.getByLabel('Reason').fill('The partner is well again')
  await dialog.getByRole('button', { name: 'Retry' }).click()
  await page.getByText('Retried by olga').waitFor()
})

it('the colour scheme can be switched and is remembered', async () => {
  const page = await openSignedIn()
  const scheme = () => page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])
  await page.getByRole('button', { name: 'Switch to dark colours' }).click()
  await page.getByRole('button', { name: 'Switch to light colours' }).waitFor()
  await expect.poll(scheme).toBe('dark')
  await page.reload()
  await page.getByRole('button', { name: 'Switch to light colours' }).waitFor()
  await expect.poll(scheme).toBe('dark')
})

it('a Russian browser gets Russian, and the chosen language is remembered', async () => {
  const page = await openConsole('', { locale: 'ru-RU' })
  await heading(page, 'Вход')
  await page.getByText('EN', { exact: true }).click()
  await heading(page, 'Sign in')
  await page.reload()
  await heading(page, 'Sign in')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
})

const axe = createRequire(import.meta.url).resolve('axe-core')
// As a user agent does it: the page's own policy wouldn't let a script tag in.
async function violations(page: Page, part: string, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(readFileSync(axe, 'utf8'))
  return page.evaluate(
    async ([within, only]) => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') }
      const options = { resultTypes: ['violations' as const], ...(only ? { runOnly: only } : {}) }
      return (await axe.run(within, options)).violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
      )
    },
    [part, rules] as const,
  )
}

/** The same page in other colours, which is all that changes. */
async function turnTo(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((one) => one instanceof CSSTransition && one.finished)),
  )
}

it.each([
  ['on a desktop, in the light and in the dark', {}],
  ['on a phone', PHONE],
] as const)('passes axe on every page %s, and never scrolls sideways', async (_, options) => {
  const page = await openConsole('', options)
  const check = async (part = 'html') => {
    expect(await violations(page, part)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    if (options === PHONE) return
    await turnTo(page, 'dark')
    expect(await violations(page, part, ['color-contrast'])).toEqual([])
    await turnTo(page, 'light')
  }
  await signIn(page, 'a-key-that-nobody-has')
  await page.getByText('The server doesn’t know this key.').waitFor()
  await check()
  await signIn(page)
  await heading(page, 'No registrations in this period')
  await check()

  const long = 'an.address.as.long.as.somebody.really.has.one@subdomain.example.com'
  const { id } = stuck(long)
  server.books.add({ email: 'refused@example.com', status: 'rejected', code: 'MULTIPLE_ACCOUNTS' })
  succeeded()
  await page.reload()
  await heading(page, 'Partner’s answer time')
  await check()
  await page.goto(`${server.url}/registrations`)
  await page.getByRole('link', { name: long }).waitFor()
  await page.getByRole('button', { name: 'More filters' }).click()
  await page.getByLabel('Started from').waitFor()
  await check()
  await page.goto(`${server.url}/registrations/${id}`)
  await heading(page, 'History')
  await check()
  await page.getByRole('button', { name: 'Resolve' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click()
  await page.getByText('Choose what you found.').waitFor()
  // The page behind an open dialog is hidden from everybody.
  await check('[role=dialog]')
  givenUp({ id })
  await page.goto(`${server.url}/events`)
  await page.getByText('2 × · HTTP 503').click()
  await page.getByText('Attempt 1: ECONNREFUSED').waitFor()
  await check()
  await page.goto(`${server.url}/registrations/none`)
  await heading(page, 'There is no such registration')
  await check()
})
