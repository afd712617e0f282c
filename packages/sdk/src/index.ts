export type { FailureCode, RegistrationFailure, RejectionCode, TrafficParams, UserData } from '@registration/shared'
export { type BrowserData, browserData } from './browser-data.ts'
export { configure, type RegistrationSettings } from './configure.ts'
export { type RegisteredUser, registerAndGetDepositLink, saveUserX } from './old-functions.ts'
export { orchestrateRegistration, type RegistrationOptions } from './orchestrate-registration.ts'
export type { Registration } from './registration.ts'
export { isRegistrationError, RegistrationError, type RegistrationErrorCode } from './registration-error.ts'
export { forget } from './registration-key.ts'
export type {
  /** @deprecated the former name of `ProgressListener`; ends with the next minor version */
  ProgressListener as OnStatus,
  ProgressListener,
  RegistrationProgress,
  /** @deprecated the former name of `RegistrationProgress`; ends with the next minor version */
  RegistrationProgress as RegistrationStatus,
  RegistrationProgressDetails,
  /** @deprecated the former name of `RegistrationProgressDetails`; ends with the next minor version */
  RegistrationProgressDetails as RegistrationStatusDetails,
} from './registration-progress.ts'
export { resume } from './resume.ts'
export type { Loose, LooseTrafficParams, TrafficParamsInput } from './traffic-params.ts'
export { trafficParamsFromUrl } from './traffic-params-from-url.ts'
export { warm } from './warm.ts'
