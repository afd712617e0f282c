// `npm run release`: builds, checks, packs and publishes whatever has a version that the registry doesn't have. With `-- --dry-run` it
// packs every package that is published at all, by the same steps, asks no registry and publishes nothing.
import './end-with-parent.ts'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeTarball } from './release/describe-tarball.ts'
import { publicPackages } from './release/public-packages.ts'
import { tarballProblems } from './release/tarball-problems.ts'
import { unpackTarball } from './release/unpack-tarball.ts'
import { runStep } from './run-step.ts'

/** One package of the plan that changesets writes, once it is packed. */
interface PackedRelease {
  kind: string
  name: string
  version: string
  tarball: { path: string }
}

const root = join(import.meta.dirname, '..')
const packed = join(root, '.release')
const plan = join(packed, 'plan.json')

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt.abort())

const { 'dry-run': dryRun } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } }).values

rmSync(packed, { recursive: true, force: true })
mkdirSync(packed)
await step('build', 'node', 'scripts/build.cjs', '--output-logs=errors-only')
await step('typecheck', 'turbo', 'run', 'typecheck', 'typecheck:scripts', '--output-logs=errors-only')
if (dryRun) writeFileSync(plan, JSON.stringify({ version: 1, plan: [publicPackages(root).map(asIfNew)] }))
else await step('ask the registry', 'changeset', 'publish-plan', '--output', plan)
await step('pack', 'changeset', 'pack', '--from-publish-plan', plan, '--out-dir', packed)
for (const release of packedReleases()) await check(release)
if (dryRun) process.stdout.write('Nothing was published: this was --dry-run.\n')
else await step('publish', 'changeset', 'publish', '--from-pack-dir', packed)

/** What the plan says of a package that the registry doesn't have. */
function asIfNew({ name, version }: { name: string; version: string }) {
  return { kind: 'publish', name, version, access: 'public', tag: 'latest' }
}

/** The tarballs, whose very bytes are published. */
function packedReleases(): PackedRelease[] {
  const { plan } = JSON.parse(readFileSync(join(packed, 'publish-plan.json'), 'utf8')) as { plan: PackedRelease[][] }
  return plan.flat().filter(({ kind }) => kind === 'publish')
}

async function check({ name, version, tarball }: PackedRelease): Promise<void> {
  const file = join(packed, tarball.path)
  using unpacked = await unpackTarball(file)
  const problems = tarballProblems(unpacked.path)
  if (problems.length > 0) fail(`${name}@${version} can't be published:\n  - ${problems.join('\n  - ')}`)
  await step(`publint of ${name}`, 'publint', '--strict', file)
  // The server is an ES module alone; the SDK is for every bundler but those that know no `exports`.
  const profile = unpacked.manifest.exports['.'] ? 'node16' : 'esm-only'
  await step(`declarations of ${name}`, 'attw', file, '--profile', profile)
  process.stdout.write(describeTarball(unpacked))
}

async function step(name: string, ...command: [string, ...string[]]): Promise<void> {
  const { code, output } = await runStep(command, { minutes: 10, signal: interrupt.signal })
  if (code !== 0) fail(`✗ ${name}\n${output.trimEnd()}`)
  process.stdout.write(`✓ ${name}\n`)
}

function fail(words: string): never {
  process.stderr.write(`${words}\nNothing was published.\n`)
  process.exit(1)
}
