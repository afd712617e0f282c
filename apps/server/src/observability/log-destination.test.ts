import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { createLogDestination } from './log-destination.ts'

const failure = (code: string) => Object.assign(new Error(code), { code })

/** A file descriptor whose writes accept a given number of bytes, or fail. */
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

it('lines that a full disk does not take are counted, and reported once there is space', () => {
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

it('each missing line is reported once, also if only the report fits', () => {
  const { state, destination } = aFile()
  state.room = 0
  destination.write('one\n')
  // The report fits, the next line doesn't.
  state.room = 130
  destination.write('two\n'.padStart(100))
  state.room = Number.POSITIVE_INFINITY
  destination.write('three\n')
  const said = state.text.split('\n').flatMap((line) => (line.startsWith('{') ? JSON.parse(line).dropped : []))
  expect(said).toEqual([1, 1])
  expect(destination.dropped).toBe(2)
})

it('a partially written line is ended before the next one', () => {
  const { state, destination } = aFile()
  state.room = 2
  destination.write('first\n')
  state.room = Number.POSITIVE_INFINITY
  destination.write('second\n')
  const lines = state.text.split('\n')
  expect(lines[0]).toBe('fi')
  expect(lines.at(-2)).toBe('second')
})

it('a line that is accepted in parts is written completely', () => {
  const { state, destination } = aFile()
  const chunked = createLogDestination(1, (_, bytes) => {
    state.text += bytes.subarray(0, 3).toString()
    return Math.min(bytes.length, 3)
  })
  chunked.write('a line of some length\n')
  expect(state.text).toBe('a line of some length\n')
  expect(destination.dropped).toBe(0)
})

it('lines for a busy reader are buffered in order without blocking', async () => {
  const { state, destination } = aFile()
  state.fails = 'EAGAIN'
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index}\n`)
  for (const line of lines) destination.write(line)
  // Lines behind a buffered one aren't tried.
  expect(state.asked).toBe(1)
  state.fails = ''
  await eventually(() => expect(state.text).toBe(lines.join('')))
  expect(destination.dropped).toBe(0)
})

it('eight megabytes are buffered for a stopped reader; further lines are dropped and counted', () => {
  const { state, destination } = aFile()
  state.fails = 'EAGAIN'
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`
  for (let megabyte = 0; megabyte < 10; megabyte++) destination.write(line)
  expect(destination.dropped).toBe(2)
  state.fails = ''
  destination.end()
  expect(state.text).toBe(line.repeat(8))
})

it('the end of the process does not wait for a stopped reader', () => {
  const { state, destination } = aFile()
  state.fails = 'EAGAIN'
  destination.write('line\n')
  destination.end()
  expect(state.text).toBe('')
})

it('a device that is always full does not block', () => {
  const full = openSync('/dev/full', 'w')
  const destination = createLogDestination(full)
  for (let line = 0; line < 100; line++) destination.write('line\n')
  closeSync(full)
  expect(destination.dropped).toBe(100)
})

it('each line is written to a file at once', () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'log')
  const fd = openSync(file, 'a')
  createLogDestination(fd).write('line\n')
  expect(readFileSync(file, 'utf8')).toBe('line\n')
  closeSync(fd)
})
