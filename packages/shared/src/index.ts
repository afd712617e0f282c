export {
  FAILURES,
  type FailureCode,
  type FailureKind,
  type InputIssue,
  type RegistrationFailure,
  type RejectionCode,
} from './failures.ts'
export type {
  RegistrationPending,
  RegistrationResponse,
  RegistrationSucceeded,
  RegistrationSucceededWithoutLink,
  UserData,
} from './registration-answer.ts'
export type {
  Json,
  RegistrationRequest,
  StatusRequest,
  TrafficParams,
  VisitorDescription,
} from './registration-request.ts'
