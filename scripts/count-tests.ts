/** As much of vitest's JSON report as counts. */
export interface TestReport {
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

/** How many tests passed and failed. */
export interface Tally {
  passed: number
  failed: number
}

/**
 * Counts the tests of a run. A file that failed as a whole, at its import or in a hook, counts as one failed test; so does
 * a run that failed although none of its tests did, or that left no report. Skipped tests don't count.
 *
 * @param code the exit code of the run; `null` where a signal ended it
 */
export function countTests(report: TestReport | undefined, code: number | null): Tally {
  const tally = { passed: 0, failed: 0 }
  for (const file of report?.testResults ?? []) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed').length
    tally.passed += file.assertionResults.filter((test) => test.status === 'passed').length
    tally.failed += failed === 0 && file.status === 'failed' ? 1 : failed
  }
  if (tally.failed === 0 && (code !== 0 || !report)) tally.failed = 1
  return tally
}
