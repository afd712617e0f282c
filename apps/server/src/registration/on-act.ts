import type { OperatorAction } from '@registration/shared/operator'

/** An operator's act on one registration. */
export interface ToldAct {
  action: OperatorAction
  operator: string
  registrationId: string
  requestId: string
  /** Or refused. */
  done: boolean
}

/** Is told of every act. Must not throw. */
export type OnAct = (act: ToldAct) => void
