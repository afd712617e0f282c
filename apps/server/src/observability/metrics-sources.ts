import type { EndpointState } from '@registration/shared/operator'

/** What is asked when somebody reads the metrics, and costs nothing before. */
export interface MetricsSources {
  inFlight(): number
  partnerSlots(): { used: number; waiting: number }
  connections(): { total: number; idle: number; waiting: number }
  journal(): { entries: number; bytes: number }
  /** Lines that the log could not write. */
  droppedLogLines(): number
  isReady(): boolean
  /** What the database alone knows; undefined while it is away. */
  unfinished(): Promise<{ pending: number; uncertain: number; stuck: number; oldestSeconds: number } | undefined>
  /** How each endpoint of events is doing, as far as the database tells. */
  events(): Promise<EndpointState[]>
}
