export type {
  FailureCode,
  RegistrationFailure,
  RejectionCode,
  TrafficParams,
  UserData,
} from '@registration/shared'
export { type BrowserData, browserData } from './browser-data.ts'
export { configure, type RegistrationSettings } from './configure.ts'
export { orchestrateRegistration, type RegistrationOptions } from './orchestrate-registration.ts'
export type { Registration } from './registration.ts'
export { RegistrationError, type RegistrationErrorCode } from './registration-error.ts'
export type { Loose, LooseTrafficParams } from './registration-input.ts'
export type { OnStatus, RegistrationStatus, RegistrationStatusDetails } from './registration-status.ts'
export { resume } from './resume.ts'
export { trafficParamsFromUrl } from './traffic-params-from-url.ts'
export { warm } from './warm.ts'
