export type {
  Json,
  RegistrationAnswer,
  RegistrationFailure,
  RegistrationPending,
  RegistrationRequest,
  RegistrationSucceeded,
  RegistrationSucceededWithoutLink,
  StatusRequest,
  TrafficParams,
  UserData,
} from '@registration/shared'
export type { RegistrationErrorShape, RegistrationRouter } from '@registration/shared/router'
