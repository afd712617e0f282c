import { type RunningBrowser, startBrowser } from '@registration/local-browser'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answers, errorPage, fails, registered, scriptedServer } from '../support/scripted-server.ts'
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

/** Opens a page with this HTML in a profile of its own; closes it at the end of the block. */
async function open(html: string, headers: Record<string, string> = {}) {
  const context = await chromium.browser.newContext()
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  await page.goto(site.add(`<!doctype html>${html}`, headers))
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** What a call in the page ends with: the link, or what is known of the error. */
function outcome(page: Page, call: string) {
  return page.evaluate(`(async () => {
    const began = performance.now()
    try {
      const { depositUrl } = await ${call}
      return { depositUrl }
    } catch (error) {
      const { name, code, message } = error
      return { name, code, message, ours: error instanceof Registration.RegistrationError, ms: performance.now() - began }
    }
  })()`)
}

const CALL = "Registration.orchestrateRegistration('ann@example.com', 'Ann', { tag: 'spring' }, 'v-1')"
const sdk = (endpoint: string) => `<script src="/sdk.js" data-endpoint="${endpoint}"></script>`

describe('a visitor is registered although', () => {
  it.each<[string, string]>([
    [
      'storage throws at each access',
      `for (const method of ['getItem', 'setItem', 'removeItem', 'key']) {
         Storage.prototype[method] = () => { throw new DOMException('insecure', 'SecurityError') }
       }
       const refuse = () => { throw new DOMException('insecure', 'SecurityError') }
       const storage = new Proxy({}, { get: refuse, set: refuse, ownKeys: refuse, deleteProperty: refuse })
       Object.defineProperty(window, 'localStorage', { get: () => storage })`,
    ],
    [
      'the proof function reads a sessionStorage that is blocked',
      `Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('insecure', 'SecurityError') } })
       addEventListener('load', () => Registration.configure({ verificationToken: () => sessionStorage.getItem('proof') }))`,
    ],
    ['Intl throws', "Intl.DateTimeFormat = () => { throw new RangeError('no time zones') }"],
    ['the page declares a screen of its own', "var screen = 'checkout'"],
    [
      'the page declares a screen that throws',
      "Object.defineProperty(window, 'screen', { get() { throw new Error('no') } })",
    ],
    ['navigator.locks throws', "Object.defineProperty(navigator, 'locks', { get() { throw new Error('no locks') } })"],
    ['Array.from ignores its function', 'Array.from = (list) => [].slice.call(list)'],
    [
      'a library gives every list and object a toJSON',
      `Array.prototype.toJSON = function () { return '[' + this.join() + ']' }
       Object.prototype.toJSON = function () { return 'an object' }
       String.prototype.toJSON = function () { return '"' + this + '"' }`,
    ],
    ['a library takes Promise.prototype.finally away', 'delete Promise.prototype.finally'],
    [
      'an old zone.js has its own Promise',
      `const Native = Promise
       window.Promise = class ZoneAwarePromise {
         constructor(run) { this.native = new Native(run) }
         then(...given) { const next = new ZoneAwarePromise(() => {}); next.native = this.native.then(...given); return next }
         catch(given) { return this.then(undefined, given) }
         static resolve(value) { return new ZoneAwarePromise((resolve) => resolve(value)) }
         static reject(error) { return new ZoneAwarePromise((_, reject) => reject(error)) }
       }`,
    ],
    [
      'fetch is wrapped by one that gives the parsed body',
      'const original = window.fetch; window.fetch = (...given) => original(...given).then((response) => response.json())',
    ],
    [
      'fetch is wrapped by one that gives a thenable of its own',
      'const original = window.fetch; window.fetch = (...given) => ({ then: (...then) => original(...given).then(...then) })',
    ],
    ['crypto is missing', "Object.defineProperty(window, 'crypto', { value: undefined })"],
    ['queueMicrotask is missing', 'delete window.queueMicrotask'],
  ])('%s', async (_, quirk) => {
    await using server = await scriptedServer(answers(registered))
    await using opened = await open(`<script>${quirk}</script>${sdk(server.endpoint)}`)
    await opened.page.waitForLoadState('load')
    expect(await outcome(opened.page, CALL)).toEqual({ depositUrl: registered.depositUrl })
    expect(server.requests[0]?.input).toMatchObject({
      email: 'ann@example.com',
      trafficParams: { tag: 'spring' },
      idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })
})

describe('a call ends at its deadline although', () => {
  it.each<[string, string, string]>([
    ['the proof never comes', '', 'verificationToken: () => new Promise(() => {})'],
    [
      "the page's own fetch drops the signal",
      'const original = window.fetch; window.fetch = (url, { signal, ...init }) => original(url, init)',
      '',
    ],
    ["the page's own fetch never settles", 'window.fetch = () => new Promise(() => {})', ''],
  ])('%s', async (_, quirk, option) => {
    await using server = await scriptedServer(() => {})
    await using opened = await open(`<script>${quirk}</script>${sdk(server.endpoint)}`)
    const call = CALL.replace("'v-1')", `'v-1', { deadlineMs: 1000, ${option} })`)
    expect(await outcome(opened.page, call)).toMatchObject({ ours: true, code: 'NETWORK', name: 'RegistrationError' })
  })
})

it.each([408, 425, 500, 501, 504, 520, 524, 530])('a %i by a proxy is repeated under the same key', async (status) => {
  await using server = await scriptedServer(errorPage(status), answers(registered))
  await using opened = await open(sdk(server.endpoint))
  expect(await outcome(opened.page, CALL)).toEqual({ depositUrl: registered.depositUrl })
  expect(new Set(server.requests.map(({ input }) => input['idempotencyKey'])).size).toBe(1)
})

describe('a mistake in the set-up is named at once:', () => {
  it('an endpoint without https://', async () => {
    await using opened = await open(sdk('reg.example.com'))
    expect(await outcome(opened.page, CALL)).toMatchObject({
      ours: true,
      code: 'INVALID_INPUT',
      message: expect.stringContaining('endpoint must be a URL'),
    })
    expect(opened.complaints).toContainEqual(expect.stringContaining('endpoint must be a URL'))
  })

  it('a Content-Security-Policy without connect-src', async () => {
    await using server = await scriptedServer(answers(registered))
    await using opened = await open(sdk(server.endpoint), {
      'content-security-policy': "default-src 'self'; script-src 'self'",
    })
    expect(await outcome(opened.page, CALL)).toMatchObject({
      ours: true,
      code: 'INVALID_INPUT',
      message: expect.stringContaining(`add ${server.endpoint} to its connect-src`),
    })
    expect(opened.complaints).toContainEqual(expect.stringContaining('[registration] The Content-Security-Policy'))
  })

  it('an origin that the server does not allow', async () => {
    await using server = await scriptedServer(fails('ORIGIN_NOT_ALLOWED'))
    await using opened = await open(sdk(server.endpoint))
    expect(await outcome(opened.page, CALL)).toMatchObject({ ours: true, code: 'ORIGIN_NOT_ALLOWED' })
    expect(opened.complaints).toContainEqual(expect.stringContaining(`add ${site.url} to the server's ALLOWED_ORIGINS`))
  })

  it('a browser without fetch', async () => {
    await using server = await scriptedServer(answers(registered))
    await using opened = await open(`<script>window.fetch = undefined</script>${sdk(server.endpoint)}`)
    expect(await outcome(opened.page, CALL)).toMatchObject({
      ours: true,
      code: 'INVALID_INPUT',
      message: expect.stringContaining('fetch'),
    })
  })
})

it('an image named currentScript before the tag does not say where the e-mail goes', async () => {
  await using server = await scriptedServer(answers(registered))
  await using elsewhere = await scriptedServer(answers(registered))
  await using opened = await open(
    `<img name="currentScript" data-endpoint="${elsewhere.endpoint}">${sdk(server.endpoint)}`,
  )
  expect(await outcome(opened.page, CALL)).toEqual({ depositUrl: registered.depositUrl })
  expect([server.requests.length, elsewhere.requests.length]).toEqual([1, 0])
})

it("another vendor's data-endpoint does not say where a module's e-mail goes", async () => {
  await using server = await scriptedServer(answers(registered))
  await using elsewhere = await scriptedServer(answers(registered))
  await using opened = await open(`<script src="/page.js" data-endpoint="${elsewhere.endpoint}"></script>
    <script type="module" src="/sdk.js" data-endpoint="${server.endpoint}"></script>`)
  await opened.page.waitForFunction('globalThis.Registration')
  expect(await outcome(opened.page, CALL)).toEqual({ depositUrl: registered.depositUrl })
  expect([server.requests.length, elsewhere.requests.length]).toEqual([1, 0])
})

it('a second copy of the script does not change the server of the first', async () => {
  await using server = await scriptedServer(answers(registered))
  await using elsewhere = await scriptedServer(answers(registered))
  await using opened = await open(`${sdk(server.endpoint)}${sdk(elsewhere.endpoint)}`)
  expect(await outcome(opened.page, CALL)).toEqual({ depositUrl: registered.depositUrl })
  expect([server.requests.length, elsewhere.requests.length]).toEqual([1, 0])
})

it('two copies of the script share settings, flights and errors', async () => {
  await using server = await scriptedServer(answers(registered), fails('MULTIPLE_ACCOUNTS'))
  await using opened = await open(`${sdk(server.endpoint)}
    <script>
      const first = Registration
      first.configure({ verificationToken: 'proof', visitorId: 'v-page' })
      const copy = document.createElement('script')
      copy.src = '/sdk.js?again'
      document.head.append(copy)
    </script>`)
  await opened.page.waitForFunction('Registration !== first')
  const both = await opened.page.evaluate(`Promise.all([
    first.orchestrateRegistration('two@example.com', 'Ann', {}),
    Registration.orchestrateRegistration('two@example.com', 'Ann', {}),
  ]).then(([one, other]) => one === other)`)
  expect(both).toBe(true)
  expect(server.requests).toMatchObject([{ input: { verificationToken: 'proof', visitorId: 'v-page' } }])
  const recognized = await opened.page.evaluate(`Registration.orchestrateRegistration('no@example.com')
    .catch((error) => error instanceof first.RegistrationError && first.isRegistrationError(error))`)
  expect(recognized).toBe(true)
})

it.each<[string, (endpoint: string) => string]>([
  ['defer', (endpoint) => `<script defer src="/sdk.js" data-endpoint="${endpoint}"></script>`],
  ['async', (endpoint) => `<script async src="/sdk.js" data-endpoint="${endpoint}"></script>`],
  ['type="module"', (endpoint) => `<script type="module" src="/sdk.js" data-endpoint="${endpoint}"></script>`],
  [
    'a tag manager',
    (endpoint) => `<script>
      const tag = document.createElement('script')
      tag.src = '/sdk.js'
      tag.setAttribute('data-endpoint', '${endpoint}')
      document.head.append(tag)
    </script>`,
  ],
  ['a form named Registration in the page', (endpoint) => `<form id="Registration"></form>${sdk(endpoint)}`],
])('the script works with %s', async (_, tag) => {
  await using server = await scriptedServer(answers(registered))
  await using opened = await open(tag(server.endpoint))
  await opened.page.waitForFunction('globalThis.Registration?.orchestrateRegistration')
  expect(await outcome(opened.page, CALL)).toEqual({ depositUrl: registered.depositUrl })
})

it('what the page keeps under registration:draft stays', async () => {
  await using server = await scriptedServer(answers(registered))
  await using opened = await open(sdk(server.endpoint))
  await opened.page.evaluate("localStorage['registration:draft'] = 'of the page'")
  await outcome(opened.page, CALL)
  expect(await opened.page.evaluate("localStorage['registration:draft']")).toBe('of the page')
  await opened.page.evaluate('Registration.forget()')
  expect(await opened.page.evaluate('Object.keys(localStorage)')).toEqual(['registration:draft'])
})

it('an input element as the e-mail is refused by name', async () => {
  await using server = await scriptedServer(answers(registered))
  await using opened = await open(`${sdk(server.endpoint)}<input id="email" value="ann@example.com">`)
  expect(await outcome(opened.page, 'Registration.orchestrateRegistration(email)')).toMatchObject({
    ours: true,
    code: 'INVALID_INPUT',
    message: expect.stringContaining('email must be a text'),
  })
  expect(server.requests).toHaveLength(0)
})

it('parameters are read from a form', async () => {
  await using server = await scriptedServer(answers(registered))
  await using opened = await open(`${sdk(server.endpoint)}
    <form><input name="tag" value="spring"><input name="file" type="file"><input name="sub1" value="s"></form>`)
  const call = "Registration.orchestrateRegistration('form@example.com', new FormData(document.forms[0]))"
  expect(await outcome(opened.page, call)).toEqual({ depositUrl: registered.depositUrl })
  expect(server.requests[0]?.input).toMatchObject({ trafficParams: { tag: 'spring', sub1: 's' } })
})
