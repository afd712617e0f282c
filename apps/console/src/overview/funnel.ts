import type { Status } from '@registration/shared/operator'
import { STATUSES } from '../registrations/filters.ts'

export type FunnelStage = 'begun' | 'answered' | 'account' | 'link'

/** The statuses of registrations that reached the stage or a later one. */
const REACHED: Record<FunnelStage, readonly Status[]> = {
  begun: STATUSES,
  answered: ['succeeded', 'succeeded_without_link', 'rejected'],
  account: ['succeeded', 'succeeded_without_link'],
  link: ['succeeded'],
}

export interface FunnelStep {
  stage: FunnelStage
  statuses: readonly Status[]
  count: number
  /** Share of the started registrations, 0 to 1. */
  share: number
}

/** The stages of registrations: started, answered by the partner, with an account, with a link. */
export function funnel(byStatus: Record<Status, number>): FunnelStep[] {
  const countOf = (statuses: readonly Status[]) => statuses.reduce((sum, status) => sum + byStatus[status], 0)
  const begun = countOf(STATUSES)
  return (Object.keys(REACHED) as FunnelStage[]).map((stage) => {
    const count = countOf(REACHED[stage])
    return { stage, statuses: REACHED[stage], count, share: begun === 0 ? 0 : count / begun }
  })
}
