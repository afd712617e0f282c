import type { Details } from '@registration/shared/operator'

export type Action = 'retry' | 'resolve' | 'erase'

/** The actions that make sense in this status. The server checks again, since recovery may change the row meanwhile. */
export function allowedActions({ status, erasedAt }: Pick<Details, 'status' | 'erasedAt'>): ReadonlySet<Action> {
  if (erasedAt !== null) return new Set()
  switch (status) {
    case 'stuck':
    case 'uncertain':
      return new Set<Action>(['retry', 'resolve', 'erase'])
    case 'succeeded_without_link':
      return new Set<Action>(['resolve', 'erase'])
    default:
      return new Set<Action>(['erase'])
  }
}
