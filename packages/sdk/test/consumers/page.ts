import {
  browserData,
  configure,
  type FailureCode,
  isRegistrationError,
  orchestrateRegistration,
  type Registration,
  RegistrationError,
  type RegistrationErrorCode,
  type RegistrationProgress,
  resume,
  type TrafficParams,
  trafficParamsFromUrl,
  warm,
} from '@registration/sdk'
import { registerAndGetDepositLink, saveUserX } from '@registration/sdk/compat'
import '@registration/sdk/global'

configure({ endpoint: 'https://reg.example.com', verificationToken: () => 'proof', browserData: { ...browserData() } })
const statuses: RegistrationProgress[] = []
const params: TrafficParams = trafficParamsFromUrl()

export async function register(form: { email: string; name: string | null; age: number }): Promise<string> {
  await warm()
  const registration: Registration = await orchestrateRegistration(form.email, form.name, params, form.age, {
    signal: new AbortController().signal,
    onStatus: (status, { attempt, retryInMs }) => statuses.push(attempt > (retryInMs ?? 0) ? status : 'waiting'),
    redirectHosts: ['*.example.com'],
  })
  const login: string | number | undefined = registration.userData.login
  // @ts-expect-error: it is always a link
  const missing: null = registration.depositUrl
  return `${login} ${missing}`
}

export async function old(email: string) {
  const user = await registerAndGetDepositLink(email, 'Ann', { tag: 'a', click_id: null })
  await saveUserX({ ...user, siteUrl: 'https://landing.example' })
  const again = await registerAndGetDepositLink(email, { pb: 7 })
  return `${again}${user.depositUrl}`
}

export async function again(): Promise<RegistrationErrorCode | null> {
  try {
    await resume()
    return null
  } catch (error) {
    if (!(error instanceof RegistrationError)) throw error
    const refusal: FailureCode = 'ALREADY_REGISTERED'
    // @ts-expect-error: no such code
    error.code === 'NO_SUCH_CODE'
    return error.code === refusal ? refusal : error.code
  }
}

interface OwnParams {
  tag: string
}

export async function others(form: HTMLFormElement, email: string): Promise<string | undefined> {
  Registration.configure({
    language: 'ru',
    messages: { OVERLOADED: 'Later, please.' },
    redirectHosts: ['pay.example.com'],
  })
  Registration.forget()
  await Registration.orchestrateRegistration(email, new FormData(form))
  await Registration.orchestrateRegistration(email, 'Ann', new URLSearchParams(location.search), 'v-1')
  await Registration.orchestrateRegistration(email, null, location.search)
  const own: OwnParams = { tag: 'a' }
  await Registration.orchestrateRegistration(email, own)
  try {
    await registerAndGetDepositLink(email, params, null)
  } catch (error) {
    if (isRegistrationError(error) && error.code === 'LINK_UNAVAILABLE') return error.userData?.domain
  }
  return undefined
}
