// Plain CommonJS, as run.cjs needs it.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * Lets one process of this checkout at a time do something; the others wait, and say for whom. Returns what gives the lock back.
 *
 * @param {string} doing what is done under the lock, such as `setting up`
 */
exports.lock = function lock(doing) {
  const file = path.join(__dirname, '..', '.toolchain', `${doing.replace(' ', '-')}.lock`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  for (let told = false; ; ) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' })
      return () => fs.rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = readIfThere(file)
    if (holder !== undefined && !isHeld(file, holder)) breakLock(file, holder)
    else if (holder && !told) told = process.stderr.write(`Waiting for process ${holder}, which is ${doing}.\n`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
}

/** A number may belong to another process by now, above all in a restarted container: nothing here takes an hour. */
function isHeld(file, holder) {
  try {
    process.kill(Number(holder), 0)
    return Date.now() - fs.statSync(file).mtimeMs < 3_600_000
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Moves the lock aside before it goes: if two processes find it abandoned, and one has already taken it again, it is put back. */
function breakLock(file, holder) {
  const aside = `${file}-${process.pid}`
  try {
    fs.renameSync(file, aside)
    if (readIfThere(aside) !== holder) fs.linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  }
  fs.rmSync(aside, { force: true })
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
