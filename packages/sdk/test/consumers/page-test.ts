import { type RegistrationOutcome, registrationHandlers } from '@registration/sdk/testing'

const outcome: RegistrationOutcome = 'MULTIPLE_ACCOUNTS'
export const handlers = registrationHandlers(outcome, { error: 'Multiple accounts', userData: { login: 7 } })
