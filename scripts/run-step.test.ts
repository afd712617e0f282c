import { eventually } from '@registration/test-harness'
import { expect, it } from 'vitest'
import { runStep } from './run-step.ts'

const { signal } = new AbortController()

it('gives back the exit code and everything that was written', async () => {
  const result = await runStep(['sh', '-c', 'echo out; echo err >&2; exit 4'], { minutes: 1, signal })
  expect(result).toEqual({ code: 4, output: 'out\nerr\n' })
})

it('leaves nothing behind that the command started and forgot', async () => {
  const forgetful = 'sleep 600 >/dev/null 2>&1 & echo $!'
  const { output } = await runStep(['sh', '-c', forgetful], { minutes: 1, signal })
  await eventually(() => expect(() => process.kill(Number(output), 0)).toThrow('ESRCH'))
})

it('ends a command that takes too long', async () => {
  expect(await runStep(['sleep', '600'], { minutes: 0.001, signal })).toEqual({ code: null, output: '' })
})

it('ends a command when the whole run is interrupted', async () => {
  const interrupt = new AbortController()
  const step = runStep(['sleep', '600'], { minutes: 1, signal: interrupt.signal })
  interrupt.abort()
  expect(await step).toEqual({ code: null, output: '' })
})
