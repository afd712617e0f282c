// Builds what has changed, in one process at a time: two builds of one package would empty each other's folder, and the cache would
// remember that.
'use strict'

const { spawnSync } = require('node:child_process')
const { lock } = require('./lock.cjs')

const unlock = lock('building')
const { status } = spawnSync('turbo', ['run', 'build', ...process.argv.slice(2)], { stdio: 'inherit' })
unlock()
process.exitCode = status ?? 1
