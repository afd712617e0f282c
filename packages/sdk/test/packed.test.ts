import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'acorn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { subresourceIntegrity } from '../../../scripts/release/subresource-integrity.ts'
import { tarballProblems } from '../../../scripts/release/tarball-problems.ts'
import { openScriptTagPage } from './support/open-script-tag-page.ts'
import { packSdk, root } from './support/packed-sdk.ts'
import { run } from './support/run.ts'
import { answers, fails, registered, scriptedServer } from './support/scripted-server.ts'
import { RESOLUTIONS, typecheck } from './support/typecheck.ts'

let sdk: Awaited<ReturnType<typeof packSdk>>
let page: string
let app: string

beforeAll(async () => {
  sdk = await packSdk()
  page = await sdk.project('page')
  app = await sdk.project('app', ['@trpc/server', '@trpc/client', 'msw'])
})

afterAll(() => sdk[Symbol.dispose]())

function packed(file: string): string {
  return readFileSync(join(page, 'node_modules/@registration/sdk', file), 'utf8')
}

describe('the tarball', () => {
  it('holds what users need and nothing of ours', () => {
    const files = readdirSync(join(page, 'node_modules/@registration/sdk'))
    expect(files.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'examples', 'package.json'])
    const manifest = JSON.parse(packed('package.json'))
    expect(manifest).not.toHaveProperty('dependencies')
    expect(manifest).not.toHaveProperty('scripts')
    // An old Node on a build machine is no reason to refuse the installation.
    expect(manifest).not.toHaveProperty('engines')
    expect(manifest).toMatchObject({ publishConfig: { access: 'public', provenance: true } })
  })

  it('has nothing that would keep it from being published', () => {
    expect(tarballProblems(join(page, 'node_modules/@registration/sdk'))).toEqual([])
  })

  it('names no package that its users cannot have', () => {
    for (const file of readdirSync(join(page, 'node_modules/@registration/sdk/dist'))) {
      expect(packed(`dist/${file}`), file).not.toContain('@registration/shared')
    }
  })

  it('passes publint and attw', async () => {
    await run('pnpm', ['exec', 'publint', '--strict', sdk.tarball], { cwd: root })
    await run('pnpm', ['exec', 'attw', sdk.tarball, '--profile', 'node16'], { cwd: root })
  })

  it('has a README that names this version’s script-tag file by its path and its hash', () => {
    const { version, jsdelivr } = JSON.parse(packed('package.json'))
    const integrity = subresourceIntegrity(Buffer.from(packed(jsdelivr)))
    expect(integrity).toMatch(/^sha384-[A-Za-z0-9+/]{64}$/)
    expect(packed('README.md')).toContain(`/npm/@registration/sdk@${version}/${jsdelivr.replace('./', '')}"`)
    expect(packed('README.md')).toContain(`integrity="${integrity}"`)
  })
})

describe('the script-tag file', () => {
  it('speaks ES2020', () => {
    expect(() => parse(packed('dist/index.global.js'), { ecmaVersion: 2020 })).not.toThrow()
  })

  it('is ASCII, whatever the encoding of the page', () => {
    expect(packed('dist/index.global.js')).toMatch(/^[\n -~]*$/)
  })

  it('gives a page everything as one global, configured by its tag', async () => {
    await using server = await scriptedServer(answers(registered))
    const opened = openScriptTagPage(packed('dist/index.global.js'), server.endpoint)
    expect(opened.run('Object.keys(Registration).sort()')).toEqual([
      'RegistrationError',
      'browserData',
      'configure',
      'forget',
      'isRegistrationError',
      'orchestrateRegistration',
      'registerAndGetDepositLink',
      'resume',
      'saveUserX',
      'trafficParamsFromUrl',
      'warm',
    ])
    const link = await opened.run(
      "Registration.registerAndGetDepositLink('ann@example.com', Registration.trafficParamsFromUrl()).then(String)",
    )
    expect(link).toBe(registered.depositUrl)
    expect(server.requests[0]).toMatchObject({
      headers: { 'content-type': 'text/plain' },
      input: { email: 'ann@example.com', trafficParams: { tag: 'spring', custom_login_link: '/bonus' } },
    })
    expect(Object.keys(opened.storage)).toHaveLength(1)
  })
})

describe('the modules', () => {
  const use = `
    configure({ endpoint: process.argv[2] })
    const { depositUrl } = await orchestrateRegistration('ann@example.com', 'Ann', {}, 'v-1')
    const old = await registerAndGetDepositLink('bob@example.com', { tag: 'a' })
    process.stdout.write(JSON.stringify([depositUrl, String(old)]))`

  it.each([
    [
      'ES modules',
      'use.mjs',
      `import { configure, orchestrateRegistration } from '@registration/sdk'
       import { registerAndGetDepositLink } from '@registration/sdk/compat'
       import '@registration/sdk/router'
       ${use}`,
    ],
    [
      'CommonJS',
      'use.cjs',
      `const { configure, orchestrateRegistration } = require('@registration/sdk')
       const { registerAndGetDepositLink } = require('@registration/sdk/compat')
       require('@registration/sdk/router')
       ;(async () => { ${use} })()`,
    ],
  ])('work as %s in Node, where there is no window, with one configuration for all entries', async (_, file, code) => {
    await using server = await scriptedServer(answers(registered))
    writeFileSync(join(page, file), code)
    const printed = await run(process.execPath, [file, server.endpoint], { cwd: page })
    expect(JSON.parse(printed)).toEqual([registered.depositUrl, registered.depositUrl])
    expect(server.requests[0]?.headers['content-type']).toBe('application/json')
  })
})

it('ES modules and CommonJS in one process share settings and errors', async () => {
  await using server = await scriptedServer(fails('MULTIPLE_ACCOUNTS'))
  const code = `
    import { createRequire } from 'node:module'
    import * as esm from '@registration/sdk'
    const cjs = createRequire(import.meta.url)('@registration/sdk')
    cjs.configure({ endpoint: process.argv[2], visitorId: 'v-page' })
    const error = await esm.orchestrateRegistration('both@example.com').catch((caught) => caught)
    process.stdout.write(JSON.stringify([error.code, error instanceof cjs.RegistrationError, cjs.isRegistrationError(error)]))`
  writeFileSync(join(page, 'both.mjs'), code)
  expect(JSON.parse(await run(process.execPath, ['both.mjs', server.endpoint], { cwd: page }))).toEqual([
    'MULTIPLE_ACCOUNTS',
    true,
    true,
  ])
  expect(server.requests).toMatchObject([{ input: { visitorId: 'v-page' } }])
})

describe('the declarations', () => {
  it.each(['index', 'compat', 'router', 'testing', 'global'])('of ./%s change deliberately', async (entry) => {
    const declarations = packed(`dist/${entry}.d.ts`)
    await expect(declarations).toMatchFileSnapshot(`snapshots/${entry}.d.ts.txt`)
    expect(packed(`dist/${entry}.d.cts`)).toBe(declarations)
  })

  it.each(RESOLUTIONS)('suit a page with moduleResolution %s, its libraries checked too', async (resolution) => {
    await typecheck(page, 'page.ts', resolution)
  })

  // The other resolutions and the other versions of TypeScript: pnpm run test:typescript
  it.each(['internal-app.ts', 'page-test.ts'])('suit %s', async (consumer) => {
    await typecheck(app, consumer, 'nodenext')
  })
})
