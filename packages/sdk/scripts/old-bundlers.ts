import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packSdk } from '../test/support/packed-sdk.ts'
import { run } from '../test/support/run.ts'

/** Builds and tests a page with the packed SDK and tools that know no `exports`: `pnpm run test:old-bundlers`. */
using sdk = await packSdk()
let failures = 0

async function step(name: string, work: () => Promise<string>): Promise<void> {
  const problem = await work().then(
    () => undefined,
    (error: Error) => error.message,
  )
  if (problem) failures++
  process.stdout.write(`${name}\t${problem ?? 'ok'}\n`)
}

async function install(folder: string, ...packages: string[]): Promise<void> {
  await run('npm', ['install', '--no-audit', '--no-fund', '--legacy-peer-deps', sdk.tarball, ...packages], {
    cwd: folder,
  })
}

const webpack = join(sdk.folder, 'webpack-4')
mkdirSync(webpack)
writeFileSync(join(webpack, 'package.json'), '{}')
writeFileSync(
  join(webpack, 'page.js'),
  `import { configure, isRegistrationError, registerAndGetDepositLink, saveUserX } from '@registration/sdk'
   configure({ endpoint: 'https://reg.example.com' })
   registerAndGetDepositLink('').catch((error) => {
     if (!isRegistrationError(error) || error.code !== 'INVALID_INPUT') throw error
     saveUserX({}).then(() => console.log('works'))
   })`,
)
writeFileSync(
  join(webpack, 'webpack.config.js'),
  `module.exports = { mode: 'production', entry: './page.js', target: 'node', output: { hashFunction: 'sha256' } }`,
)
await step('webpack 4', async () => {
  await install(webpack, 'webpack@4.47.0', 'webpack-cli@4.10.0')
  await run(process.execPath, ['--openssl-legacy-provider', 'node_modules/webpack/bin/webpack.js'], { cwd: webpack })
  const printed = await run(process.execPath, ['dist/main.js'], { cwd: webpack })
  if (!printed.includes('works')) throw new Error(`It printed: ${printed}`)
  return printed
})

const jest = join(sdk.folder, 'jest-27')
mkdirSync(jest)
writeFileSync(join(jest, 'package.json'), '{ "jest": { "testEnvironment": "jsdom" } }')
writeFileSync(
  join(jest, 'page.test.js'),
  `const { isRegistrationError, registerAndGetDepositLink, trafficParamsFromUrl } = require('@registration/sdk')
   test('a page', async () => {
     const error = await registerAndGetDepositLink('', {}).catch((caught) => caught)
     expect(isRegistrationError(error)).toBe(true)
     expect(trafficParamsFromUrl('?tag=a')).toEqual({ tag: 'a' })
   })`,
)
await step('Jest 27', async () => {
  await install(jest, 'jest@27.5.1')
  return run(process.execPath, ['node_modules/jest/bin/jest.js', '--ci'], { cwd: jest })
})

process.exitCode = failures ? 1 : 0
