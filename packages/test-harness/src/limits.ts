/**
 * No test is judged by its speed: these limits end a run that hangs, and lie far beyond what the slowest machine needs.
 * The slowest test takes 30 s on two quiet cores, and may take ten times as long on busy ones.
 */
export const TEST_LIMIT_MS = 600_000

/** For one event that a test waits for. Shorter than the test's own limit, so that the failure says what did not come. */
export const EVENT_LIMIT_MS = 300_000
