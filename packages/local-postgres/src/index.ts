export type { LocalPostgres, StandbyPostgres, ThrowawayPostgres } from './local-postgres.ts'
export { createDatabase } from './run-cluster.ts'
export { findRunningPostgres, startPersistentPostgres } from './start-persistent-postgres.ts'
export { startThrowawayPostgres } from './start-throwaway-postgres.ts'
