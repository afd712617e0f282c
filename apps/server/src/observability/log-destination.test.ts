import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { createLogDestination } from './log-destination.ts'

const failure = (code: string) => Object.assign(new Error(code), { code })

/** A file descriptor of which each write takes so many bytes, or fails. */
function aFile() {
  const state = { text: '', room: Number.POSITIVE_INFINITY, fails: '', asked: 0 }
  const write = (_: number, bytes: Buffer): number => {
    state.asked++
    if (state.fails) throw failure(state.fails)
    if (state.room === 0) throw failure('ENOSPC')
    const taken = bytes.subarray(0, state.room)
    state.room -= taken.length
    state.text += taken.toString()
    return taken.length
  }
  return { state, destination: createLogDestination(1, write) }
}

it('counts what a full disk does not take, and says so once there is room', () => {
  const { state, destination } = aFile()
  destination.write('one\n')
  state.room = 0
  destination.write('two\n')
  destination.write('three\n')
  expect(destination.dropped).toBe(2)
  state.room = Number.POSITIVE_INFINITY
  destination.write('four\n')
  const [first, missing, last] = state.text.split('\n')
  expect([first, last]).toEqual(['one', 'four'])
  expect(JSON.parse(`${missing}`)).toMatchObject({ level: 50, dropped: 2 })
  expect(destination.dropped).toBe(2)
})

it('says of each missing line once that it is missing, also where there is room for no more than to say so', () => {
  const { state, destination } = aFile()
  state.room = 0
  destination.write('one\n')
  // The line that says what is missing fits, the next one doesn't.
  state.room = 130
  destination.write('two\n'.padStart(100))
  state.room = Number.POSITIVE_INFINITY
  destination.write('three\n')
  const said = state.text.split('\n').flatMap((line) => (line.startsWith('{') ? JSON.parse(line).dropped : []))
  expect(said).toEqual([1, 1])
  expect(destination.dropped).toBe(2)
})

it('begins a new line behind one that was written in part', () => {
  const { state, destination } = aFile()
  state.room = 2
  destination.write('first\n')
  state.room = Number.POSITIVE_INFINITY
  destination.write('second\n')
  const lines = state.text.split('\n')
  expect(lines[0]).toBe('fi')
  expect(lines.at(-2)).toBe('second')
})

it('writes a line whole that is taken in parts', () => {
  const { state, destination } = aFile()
  const chunked = createLogDestination(1, (_, bytes) => {
    state.text += bytes.subarray(0, 3).toString()
    return Math.min(bytes.length, 3)
  })
  chunked.write('a line of some length\n')
  expect(state.text).toBe('a line of some length\n')
  expect(destination.dropped).toBe(0)
})

it('keeps lines for a reader that is busy, in their order, and goes on meanwhile', async () => {
  const { state, destination } = aFile()
  state.fails = 'EAGAIN'
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`)
  for (const line of lines) destination.write(line)
  // Whoever is behind a busy reader doesn't ask it, too.
  expect(state.asked).toBe(1)
  state.fails = ''
  await eventually(() => expect(state.text).toBe(lines.join('')))
  expect(destination.dropped).toBe(0)
})

it('keeps eight megabytes for a reader that has stopped, and drops and counts the rest', () => {
  const { state, destination } = aFile()
  state.fails = 'EAGAIN'
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  for (let megabyte = 0; megabyte < 10; megabyte++) destination.write(line)
  expect(destination.dropped).toBe(2)
  state.fails = ''
  destination.end()
  expect(state.text).toBe(line.repeat(8))
})

it('gives up on a reader that has stopped when the process ends', () => {
  const { state, destination } = aFile()
  state.fails = 'EAGAIN'
  destination.write('line\n')
  destination.end()
  expect(state.text).toBe('')
})

it('goes on over a device that is always full', () => {
  const full = openSync('/dev/full', 'w')
  const destination = createLogDestination(full)
  for (let line = 0; line < 100; line++) destination.write('line\n')
  closeSync(full)
  expect(destination.dropped).toBe(100)
})

it('writes each line at once to a file', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'log')
  const fd = openSync(file, 'a')
  createLogDestination(fd).write('line\n')
  expect(readFileSync(file, 'utf8')).toBe('line\n')
  closeSync(fd)
})
