import type {
  Registration,
  RegistrationError,
  RegistrationProgress,
  RegistrationProgressDetails,
} from '@registration/sdk'
import type { Problem } from './texts/texts.ts'

/** What the visitor typed. */
export interface Visitor {
  email: string
  name: string
}

export interface DetailsStep {
  at: 'details'
  visitor: Visitor
  busy: boolean
  problems: readonly Problem[]
}

export interface CodeStep {
  at: 'code'
  visitor: Visitor
  /** The code itself, where nothing was really sent. */
  shownCode: string | undefined
  sentAgain: boolean
  busy: boolean
  problems: readonly Problem[]
}

export interface RegisteringStep {
  at: 'registering'
  /** Whether it was begun before the page was loaded. */
  resumed: boolean
  status: RegistrationProgress
  details: RegistrationProgressDetails
  /** Whether the visitor has waited so long that more is said than usual. */
  isLong: boolean
}

export interface DoneStep {
  at: 'done'
  registration: Registration
}

export interface FailedStep {
  at: 'failed'
  error: RegistrationError
  /** How long the visitor still has to wait before trying again makes sense. */
  waitSeconds: number
}

/** Where the visitor is: all that the page shows follows from it. */
export type Step = DetailsStep | CodeStep | RegisteringStep | DoneStep | FailedStep
