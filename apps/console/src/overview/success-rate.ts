import type { Status } from '@registration/shared/operator'

/** Statuses with a final outcome. */
export const FINISHED: Status[] = ['succeeded', 'succeeded_without_link', 'rejected', 'released']

export interface SuccessRate {
  begun: number
  finished: number
  /** The share of finished registrations that have an account, 0 to 1; undefined while none is finished. */
  rate: number | undefined
}

/**
 * The success rate of finished registrations. Unfinished ones don't count: they would make a quiet minute look like
 * a failure.
 */
export function successRate(byStatus: Record<Status, number>): SuccessRate {
  const sum = (statuses: readonly Status[]) => statuses.reduce((total, status) => total + byStatus[status], 0)
  const finished = sum(FINISHED)
  return {
    begun: sum(Object.keys(byStatus) as Status[]),
    finished,
    rate: finished === 0 ? undefined : sum(['succeeded', 'succeeded_without_link']) / finished,
  }
}
