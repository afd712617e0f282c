import type { DeadEvents, OperatorAction } from '@registration/shared/operator'

/** An operator's act on one registration, or on events. */
export type ToldAct = {
  action: OperatorAction
  operator: string
  requestId: string
  /** Or refused. */
  done: boolean
} & ({ registrationId: string } | ToldEvents)

/** One event, or the dead ones that were chosen. */
export type ToldEvents = { eventId: string; endpoint: string } | { dead: DeadEvents; redriven?: number }

/** Is told of every act. Must not throw. */
export type OnAct = (act: ToldAct) => void
