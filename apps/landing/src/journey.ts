import { type ProgressListener, type Registration, RegistrationError, resume } from '@registration/sdk'
import { detailsProblems } from './details-problems.ts'
import { FAILURE_ACTIONS } from './failure-action.ts'
import { register } from './register.ts'
import type { CodeStep, Step, Visitor } from './step.ts'
import type { Verification } from './verification.ts'

/** After so long a wait the page says more than that it works on it. */
const LONG_AFTER_MS = 5000

/** Clicks on "send again" that follow each other faster are one. */
const SEND_AGAIN_AFTER_MS = 5000

/** What the visitor can do. */
export interface Journey {
  /** Picks up a registration that was under way when the page was left, or shows the form. */
  begin(): Promise<void>
  sendCode(visitor: Visitor): Promise<void>
  sendAgain(): Promise<void>
  confirmCode(code: string): Promise<void>
  retry(): Promise<void>
  /** Back to the form, with what was typed. */
  changeDetails(): void
}

/** Leads one visitor from the form to the deposit link; tells `show` about every step. */
export function createJourney(endpoint: string, verification: Verification, show: (step: Step) => void): Journey {
  let step: Step = { at: 'details', visitor: { email: '', name: '' }, busy: false, problems: [] }
  let visitor: Visitor = { email: '', name: '' }
  let lastAttempt = (): Promise<void> => journey.begin()
  let countdown: ReturnType<typeof setInterval> | undefined
  let sentAgainAt = -SEND_AGAIN_AFTER_MS

  const isBusy = () => 'busy' in step && step.busy

  function go(next: Step): void {
    clearInterval(countdown)
    step = next
    show(step)
  }

  async function settle(resumed: boolean, attempt: (onStatus: ProgressListener) => Promise<Registration | null>) {
    lastAttempt = () => settle(resumed, attempt)
    let isLong = false
    const long = setTimeout(() => {
      isLong = true
      if (step.at === 'registering') go({ ...step, isLong })
    }, LONG_AFTER_MS)
    try {
      const registration = await attempt((status, details) => {
        if (status !== 'done') go({ at: 'registering', resumed, status, details, isLong })
      })
      if (registration) go({ at: 'done', registration })
      else journey.changeDetails()
    } catch (error) {
      if (!(error instanceof RegistrationError)) throw error
      fail(error)
    } finally {
      clearTimeout(long)
    }
  }

  function fail(error: RegistrationError): void {
    const waitMs = FAILURE_ACTIONS[error.code] === 'retry' ? (error.retryAfterMs ?? 0) : 0
    const waitUntil = performance.now() + waitMs
    const tell = () => {
      const waitSeconds = Math.max(0, Math.ceil((waitUntil - performance.now()) / 1000))
      if (waitSeconds === 0) clearInterval(countdown)
      step = { at: 'failed', error, waitSeconds }
      show(step)
    }
    clearInterval(countdown)
    countdown = setInterval(tell, 1000)
    tell()
  }

  async function askForCode(sentAgain: boolean): Promise<void> {
    try {
      const { sent, shownCode } = await verification.sendCode(visitor.email)
      if (sent) go({ at: 'code', visitor, shownCode, sentAgain, busy: false, problems: [] })
      else go({ at: 'details', visitor, busy: false, problems: ['email'] })
    } catch {
      sentAgainAt = -SEND_AGAIN_AFTER_MS
      if ('busy' in step) go({ ...step, busy: false, problems: ['noConnection'] })
      else go({ at: 'details', visitor, busy: false, problems: ['noConnection'] })
    }
  }

  async function confirm(at: CodeStep, code: string): Promise<void> {
    let verificationToken: string | null
    try {
      verificationToken = await verification.confirmCode(visitor.email, code)
    } catch {
      return go({ ...at, problems: ['noConnection'] })
    }
    if (!verificationToken) return go({ ...at, problems: ['wrongCode'] })
    const confirmed = { ...visitor, verificationToken }
    return settle(false, (onStatus) => register(endpoint, confirmed, onStatus))
  }

  const journey: Journey = {
    begin: () => settle(true, (onStatus) => resume({ endpoint, onStatus })),

    async sendCode(typed) {
      if (isBusy()) return
      visitor = { email: typed.email.trim(), name: typed.name.trim() }
      const problems = detailsProblems(visitor)
      const busy = problems.length === 0
      go({ at: 'details', visitor, busy, problems })
      if (busy) await askForCode(false)
    },

    async sendAgain() {
      if (isBusy() || performance.now() - sentAgainAt < SEND_AGAIN_AFTER_MS) return
      sentAgainAt = performance.now()
      if (step.at === 'code') go({ ...step, busy: true, problems: [], sentAgain: false })
      await askForCode(true)
    },

    async confirmCode(typed) {
      if (step.at !== 'code' || step.busy) return
      const at = { ...step, sentAgain: false }
      const code = typed.replace(/\s/g, '')
      if (!/^\d{6}$/.test(code)) return go({ ...at, problems: ['code'] })
      go({ ...at, busy: true, problems: [] })
      await confirm(at, code)
    },

    retry: () => lastAttempt(),

    changeDetails() {
      // What is under way would lead away from the form again.
      if (isBusy()) return
      go({ at: 'details', visitor, busy: false, problems: [] })
    },
  }
  return journey
}
