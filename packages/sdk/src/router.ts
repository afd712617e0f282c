export type {
  Json,
  RegistrationFailure,
  RegistrationPending,
  RegistrationRequest,
  RegistrationResponse,
  /** @deprecated the former name of `RegistrationResponse`; ends with the next minor version */
  RegistrationResponse as RegistrationAnswer,
  RegistrationSucceeded,
  RegistrationSucceededWithoutLink,
  StatusRequest,
  TrafficParams,
  UserData,
} from '@registration/shared'
export type { RegistrationErrorShape, RegistrationRouter } from '@registration/shared/router'
