import { expect, it } from 'vitest'
import { countTests } from './count-tests.ts'

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
})

it('counts every test of every file, and no skipped one', () => {
  const report = { testResults: [file('passed', 'passed', 'skipped'), file('failed', 'passed', 'failed', 'failed')] }
  expect(countTests(report, 1)).toEqual({ passed: 2, failed: 2 })
})

it('counts a file that failed without a failed test, as at its import, as one failure', () => {
  const report = { testResults: [file('passed', 'passed'), file('failed'), file('failed', 'passed')] }
  expect(countTests(report, 1)).toEqual({ passed: 2, failed: 2 })
})

it.each([1, null])('counts exit code %s as a failure although every test passed', (code) => {
  expect(countTests({ testResults: [file('passed', 'passed')] }, code)).toEqual({ passed: 1, failed: 1 })
})

it('counts a run that left no report as a failure', () => {
  expect(countTests(undefined, 0)).toEqual({ passed: 0, failed: 1 })
})
