import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EMAIL_QUOTA, holdPartner, type System, startSystem } from './support/start-system.ts'
import { fillIn, heading, openVisitorPage, PHONE, problemsOfAllLooks, register } from './support/visitor-page.ts'

let system: System
let chromium: RunningBrowser
beforeAll(async () => {
  ;[system, chromium] = await Promise.all([startSystem(), startBrowser()])
})
afterEach(() => system.partner.reset())
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await system?.[Symbol.asyncDispose]()
})

const openPage = (query = '', options: BrowserContextOptions = {}, before?: () => void) =>
  openVisitorPage(chromium, system.pageUrl + query, options, before)

describe('the way to the deposit link', () => {
  it.each([
    ['a desktop', {}],
    ['a phone', PHONE],
  ])('leads from the form to the deposit link on %s, and everything is saved', async (device, options) => {
    const email = `${device.replaceAll(' ', '-')}@example.com`
    const page = await openPage('?tag=summer&pb=news&click_id=42&r=bonus&lang=en', options)
    await register(page, email)

    await heading(page, 'Your account is ready')
    const depositLink = page.getByRole('link', { name: 'Go to deposit' })
    const href = await depositLink.getAttribute('href')
    expect(href).toMatch(/^https:\/\/partner\.example\/bonus\?token=\w+$/)
    expect(await page.locator('.link').textContent()).toBe(href)

    expect(system.partner.ledger.accountsOf(email)).toHaveLength(1)
    expect(system.partner.ledger.callsOf(email)).toMatchObject([
      { body: { email, tag: 'summer', pb: 'news', click_id: '42', custom_login_link: '/bonus' } },
    ])
    const { rows } = await system.database.query('select * from registrations where email = $1', [email])
    expect(rows).toMatchObject([{ status: 'succeeded', name: 'Ann Example', deposit_url: href }])

    await page.route('https://partner.example/**', (route) => route.fulfill({ body: 'The cashier' }))
    await depositLink.click()
    await page.getByText('The cashier').waitFor()
    expect(page.url()).toBe(href)
  })

  it('registers once, however often the button is pressed', async () => {
    const page = await openPage()
    const release = holdPartner(system, 'impatient@example.com')
    await fillIn(page, 'impatient@example.com')
    await page.getByRole('button', { name: 'Confirm and open my account' }).dblclick()
    release()
    await heading(page, 'Your account is ready')
    expect(system.partner.ledger.calls).toHaveLength(1)
  })

  it('gives the same link again to a visitor who registers again', async () => {
    const page = await openPage()
    await register(page, 'again@example.com')
    const link = await page.locator('.link').textContent()
    await page.reload()
    await register(page, 'Again@example.com')
    expect(await page.locator('.link').textContent()).toBe(link)
    expect(system.partner.ledger.calls).toHaveLength(1)
  })

  it('picks up a registration that was under way when the page was reloaded', async () => {
    const page = await openPage()
    const release = holdPartner(system, 'reload@example.com')
    await register(page, 'reload@example.com')
    await system.partner.ledger.until(({ calls }) => calls.length === 1)
    await page.reload()
    await heading(page, 'Welcome back')
    release()
    await heading(page, 'Your account is ready')
    expect(system.partner.ledger.accounts).toHaveLength(1)
    expect(system.partner.ledger.calls).toHaveLength(1)
  })

  it('says so when the partner takes long, and still gets the link', async () => {
    const page = await openPage()
    const release = holdPartner(system, 'patient@example.com')
    await register(page, 'patient@example.com')
    await page
      .getByText(/^Our partner has not answered yet\. We ask again in \d+ s\.$/)
      .first()
      .waitFor()
    await page.getByText('You may leave this page').waitFor()
    release()
    await heading(page, 'Your account is ready')
    expect(system.partner.ledger.calls).toHaveLength(1)
  })

  it('says more after five seconds of waiting, and that one may leave', async () => {
    const page = await openPage()
    await page.clock.install()
    const asked = Promise.withResolvers<void>()
    await fillIn(page, 'long@example.com')
    // Never answered: the visitor waits for one and the same request.
    await page.route(`${system.serverUrl}/trpc/**`, () => asked.resolve())
    await page.getByRole('button', { name: 'Confirm and open my account' }).click()
    await heading(page, 'Opening your account')
    await asked.promise
    expect(await page.getByText('This takes longer than usual.').count()).toBe(0)
    await page.clock.runFor(5001)
    await page.getByText('This takes longer than usual.').waitFor()
    await page.getByText('You may leave this page').waitFor()
  })

  it.each([
    ['a desktop', {}],
    ['a phone', PHONE],
  ])('keeps its card in one place from step to step on %s', async (device, options) => {
    const page = await openPage('', options)
    const place = () =>
      page.locator('.card').evaluate((card) => {
        const { left, top, width } = card.getBoundingClientRect()
        return [left, top + scrollY, width].map(Math.round)
      })
    const places = [await place()]
    await page.getByRole('button', { name: 'Send me the code' }).click()
    places.push(await place())
    const email = `${device.replaceAll(' ', '-')}.place@example.com`
    const release = holdPartner(system, email)
    await fillIn(page, email)
    places.push(await place())
    await page.getByRole('button', { name: 'Confirm and open my account' }).click()
    await heading(page, 'Opening your account')
    places.push(await place())
    release()
    await heading(page, 'Your account is ready')
    places.push(await place())
    expect(places).toEqual(Array(5).fill(places[0]))
  })

  it('says so when the connection is gone, and carries on as soon as it is back', async () => {
    const page = await openPage()
    await fillIn(page, 'train@example.com')
    await page.route(`${system.serverUrl}/trpc/**`, (route) => route.abort('internetdisconnected'))
    await page.getByRole('button', { name: 'Confirm and open my account' }).click()
    await page
      .getByText(/^The connection is gone\./)
      .first()
      .waitFor()
    await page.context().setOffline(true)
    await page.getByText('You are offline. We carry on as soon as you are back.').waitFor()
    await page.unroute(`${system.serverUrl}/trpc/**`)
    await page.context().setOffline(false)
    await heading(page, 'Your account is ready')
    expect(await page.getByText('You are offline.').count()).toBe(0)
    expect(system.partner.ledger.accounts).toHaveLength(1)
  })
})

describe('what goes wrong', () => {
  it.each([
    ['already-registered', 'You already have an account', 'This e-mail is already registered'],
    ['multiple-accounts', 'One account per person', 'Multiple accounts are not allowed'],
    ['rejected', 'Our partner could not accept this registration', 'Registration is not available in your country'],
  ])(
    'shows the rejection %s in the words of the partner, and the way back to the form',
    async (tag, title, sentence) => {
      const page = await openPage('', PHONE)
      const email = `refused+${tag}@example.com`
      await register(page, email)
      await heading(page, title)
      await page.getByRole('blockquote').getByText(sentence, { exact: true }).waitFor()

      await page.getByRole('button', { name: /Use another e-mail|Change my details/ }).click()
      expect(await page.getByLabel('E-mail').inputValue()).toBe(email)
      await register(page, `accepted-after-${tag}@example.com`)
      await heading(page, 'Your account is ready')
    },
  )

  it('says that the account is open when its link did not arrive', async () => {
    const page = await openPage()
    await register(page, 'linkless+no-link@example.com')
    await heading(page, 'Your account is open, but we have no link to it for you')
    expect(await page.locator('.card').getByRole('button').count()).toBe(0)
    const href = await page.getByRole('link', { name: 'Log in with our partner' }).getAttribute('href')
    expect(href).toBe('https://partner.example')
    const { rows } = await system.database.query('select id from registrations where email = $1', [
      'linkless+no-link@example.com',
    ])
    await page.locator('.fine-print').getByText(rows[0].id, { exact: true }).waitFor()
  })

  it('shows the form, and registers, where storage throws at each access', async () => {
    const page = await openPage('', {}, () => {
      const refuse = () => {
        throw new DOMException('insecure', 'SecurityError')
      }
      const storage = new Proxy({}, { get: refuse, set: refuse, ownKeys: refuse, deleteProperty: refuse })
      for (const name of ['localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, { get: () => storage })
      }
    })
    await register(page, 'no-storage@example.com')
    await heading(page, 'Your account is ready')
  })

  it('marks every field that is wrong', async () => {
    const page = await openPage()
    await page.getByRole('button', { name: 'Send me the code' }).click()
    await page.getByText('Enter your name.').waitFor()
    await page.getByText('Enter an e-mail address').waitFor()
    expect(await page.locator('[aria-invalid=true]').count()).toBe(2)
  })

  it('sends one code for three quick clicks', async () => {
    const page = await openPage()
    await fillIn(page, 'clicks@example.com')
    let sent = 0
    await page.route('**/verification/send-code', (route) => {
      sent++
      return route.continue()
    })
    const again = page.getByRole('button', { name: 'Send a new code' })
    for (let click = 1; click <= 3; click++) {
      await again.click()
      await page.getByText('A new code is on its way.').waitFor()
    }
    expect(sent).toBe(1)
  })

  it.each(['continue-first', 'whole-then-reset', 'gzip', 'domain-with-path', 'long-link', 'huge-login'] as const)(
    'a visitor whose partner answers with %s gets the account at once',
    async (misbehaviour) => {
      const page = await openPage()
      const email = `${misbehaviour}@example.com`
      system.partner.misbehave(email, misbehaviour)
      await register(page, email)
      await heading(page, 'Your account is ready')
      expect(system.partner.ledger.callsOf(email)).toHaveLength(1)
    },
  )

  it.each(['rejected-in-a-list', 'rejected-by-field', 'rejected-under-error', 'rejected-as-a-problem'] as const)(
    'a visitor reads the partner’s sentence from %s',
    async (misbehaviour) => {
      const page = await openPage()
      const email = `${misbehaviour}@example.com`
      system.partner.misbehave(email, misbehaviour, { message: 'Registration is not available in your country' })
      await register(page, email)
      await heading(page, 'Our partner could not accept this registration')
      await page.getByRole('blockquote').getByText('Registration is not available in your country').waitFor()
    },
  )

  it('waits as long as the partner asks, and then registers', async () => {
    const page = await openPage()
    system.partner.misbehave('busy@example.com', 'too-many-requests', { times: 1, retryAfterSeconds: 1 })
    await register(page, 'busy@example.com')
    await heading(page, 'Your account is ready')
    expect(system.partner.ledger.callsOf('busy@example.com').map(({ status }) => status)).toEqual([429, 200])
  })

  it('lets the visitor try again after the error page of something in between', async () => {
    const page = await openPage()
    const errorPage = { status: 404, body: '<h1>404</h1>', headers: { 'access-control-allow-origin': '*' } }
    await page.route(`${system.serverUrl}/trpc/**`, (route) => route.fulfill(errorPage), { times: 1 })
    await register(page, 'gateway@example.com')
    await heading(page, 'Something went wrong on our side')
    await page.getByRole('button', { name: 'Try again' }).click()
    await heading(page, 'Your account is ready')
    expect(system.partner.ledger.accounts).toHaveLength(1)
  })

  it('goes on by itself after a single error page with HTTP 500', async () => {
    const page = await openPage()
    const errorPage = { status: 500, body: '<h1>500</h1>', headers: { 'access-control-allow-origin': '*' } }
    await page.route(`${system.serverUrl}/trpc/**`, (route) => route.fulfill(errorPage), { times: 1 })
    await register(page, 'passing@example.com')
    await heading(page, 'Your account is ready')
    expect(system.partner.ledger.accounts).toHaveLength(1)
  })

  it('shows how long to wait after too many attempts, and the way back to the form', async () => {
    const page = await openPage()
    const email = 'eager+rejected@example.com'
    for (let attempt = 1; attempt <= EMAIL_QUOTA; attempt += 1) {
      await register(page, email)
      await page.getByRole('button', { name: 'Change my details' }).click()
    }
    await register(page, email)
    await heading(page, 'That was a little fast')
    expect(await page.getByRole('button', { name: /^You can try again in \d+ min$/ }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Change my details' }).click()
    expect(await page.getByLabel('E-mail').inputValue()).toBe(email)
  })

  it('asks for another code when the proof is not accepted', async () => {
    const page = await openPage()
    await page.route('**/verification/confirm-code', (route) =>
      route.fulfill({
        json: { verificationToken: 'expired.long.ago' },
        headers: { 'access-control-allow-origin': '*' },
      }),
    )
    await register(page, 'expired@example.com')
    await heading(page, 'Your code has expired')
    await page.unroute('**/verification/confirm-code')
    await page.getByRole('button', { name: 'Get a new code' }).click()
    await page.getByLabel('Six-digit code').fill(`${await page.locator('.shown-code').textContent()}`)
    await page.getByRole('button', { name: 'Confirm and open my account' }).click()
    await heading(page, 'Your account is ready')
  })

  it('takes no wrong code, and sends a new one', async () => {
    const page = await openPage()
    await fillIn(page, 'typo@example.com')
    const code = page.getByLabel('Six-digit code')
    const right = await code.inputValue()
    for (const [typed, problem] of [
      ['12', 'Enter the six digits of the code.'],
      [right === '000000' ? '000001' : '000000', 'This code is wrong or has expired.'],
    ] as const) {
      await code.fill(typed)
      await code.press('Enter')
      await page.getByText(problem).waitFor()
      await expect.poll(() => code.evaluate((input) => input === document.activeElement)).toBe(true)
    }
    await page.getByRole('button', { name: 'Send a new code' }).click()
    await page.getByText('A new code is on its way.').waitFor()
    await code.fill(`${await page.locator('.shown-code').textContent()}`)
    await code.press('Enter')
    await heading(page, 'Your account is ready')
  })

  it('says that there is no connection when no code can be sent, and keeps what was typed', async () => {
    const page = await openPage()
    await page.context().setOffline(true)
    await page.getByLabel('Your name').fill('Ann')
    await page.getByLabel('E-mail').fill('offline@example.com')
    await page.getByRole('button', { name: 'Send me the code' }).click()
    await page.getByRole('alert').getByText('There is no connection at the moment.').waitFor()
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Send me the code' }).click()
    await heading(page, 'Check your inbox')
  })

  it('says what is missing when nobody told it where its servers are', async () => {
    const context = await chromium.browser.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.route('**/config.json', (route) => route.fulfill({ status: 404 }))
    await page.goto(system.pageUrl)
    await page.getByRole('alert').getByText('config.json is missing or broken').waitFor()
  })
})

describe('for everybody', () => {
  it('can be used with the keyboard alone, and says where it is', async () => {
    const page = await openPage()
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim())
    for (const place of ['English', 'Русский', 'name']) {
      await page.keyboard.press('Tab')
      await expect.poll(focused).toBe(place)
    }
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('name')
    expect(await page.locator('#name').getAttribute('aria-describedby')).toBe('name-problem')
    await page.keyboard.type('Ann')
    await page.keyboard.press('Tab')
    await page.keyboard.type('keyboard@example.com')
    await page.keyboard.press('Enter')
    await page.locator('#code').waitFor()
    await expect.poll(focused).toBe('code')
    await page.keyboard.type(`${await page.locator('.shown-code').textContent()}`)
    await page.keyboard.press('Enter')
    await heading(page, 'Your account is ready')
    await expect.poll(focused).toBe('Your account is ready')
    await page.keyboard.press('Tab')
    await expect.poll(focused).toBe('Go to deposit')
  })

  it('speaks Russian to a Russian browser, and changes the language without losing anything', async () => {
    const page = await openPage('?tag=x', { locale: 'ru-RU' })
    await heading(page, 'Начнём')
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ru')
    await page.getByLabel('Ваше имя').fill('Анна')
    await page.getByLabel('Электронная почта').fill('anna@example.com')
    await page.getByRole('button', { name: 'English' }).click()
    expect(await page.getByLabel('Your name').inputValue()).toBe('Анна')
    expect(new URL(page.url()).search).toBe('?tag=x&lang=en')
    await page.reload()
    await heading(page, 'Let’s get started')
  })

  it('passes axe at every step in every look, and never scrolls sideways', async () => {
    const page = await openPage('', { reducedMotion: 'reduce' })
    const check = async (step: string) => expect(await problemsOfAllLooks(page, step)).toEqual([])
    await check('details')
    await page.getByRole('button', { name: 'Send me the code' }).click()
    await check('missing details')
    const release = holdPartner(system, 'seen@example.com')
    await fillIn(page, 'seen@example.com')
    await check('code')
    await page.getByRole('button', { name: 'Confirm and open my account' }).click()
    await heading(page, 'Opening your account')
    await check('registering')
    release()
    await heading(page, 'Your account is ready')
    await check('done')
    await page.reload()
    await register(page, 'seen+rejected@example.com')
    await page.getByRole('blockquote').waitFor()
    await check('refused')
  })
})
