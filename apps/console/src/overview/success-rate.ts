import type { Status } from '@registration/shared/operator'

/** Known for good: the partner has the account, or said no, or was never reached. */
export const FINISHED: Status[] = ['succeeded', 'succeeded_without_link', 'rejected', 'released']

export interface SuccessRate {
  begun: number
  finished: number
  /** The share of the finished that have their account, 0 to 1; undefined while nothing is finished. */
  rate: number | undefined
}

/**
 * Of the finished, how many became users. What is unfinished counts neither way: it would make a quiet minute look like
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
