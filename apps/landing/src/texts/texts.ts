import type { RegistrationErrorCode } from '@registration/sdk'

/** Everything that the page says, in one language. */
export interface Texts {
  title: string
  languages: string
  demonstration: string
  headline: string
  lead: string
  /** Headline and sentence. */
  promises: [string, string][]
  footer: string
  offline: string
  /** When `config.json` can't be read. */
  unconfigured: string
  steps: string
  stepNames: Record<'details' | 'code' | 'account', string>
  details: Record<'heading' | 'name' | 'email' | 'emailHint' | 'submit', string>
  code: Record<'heading' | 'label' | 'demonstration' | 'submit' | 'again' | 'sentAgain' | 'otherEmail', string> & {
    sentTo: (email: string) => string
  }
  /** `wait` is a text made by `wait()`. */
  registering: Record<'heading' | 'headingResumed' | 'sending' | 'resumed' | 'long' | 'safe', string> &
    Record<'waiting' | 'retrying' | 'reconnecting', (wait: string) => string>
  done: Record<'heading' | 'lead' | 'link' | 'submit', string>
  failed: Record<
    'partnerSays' | 'logIn' | 'login' | 'reference' | 'retry' | 'otherEmail' | 'edit' | 'confirmAgain',
    string
  > & {
    retryIn: (wait: string) => string
  }
  problems: Record<Problem, string>
  /** What happened, and what the visitor can do. */
  failures: Record<RegistrationErrorCode, [happened: string, advice: string]>
  /** A time span, briefly. */
  wait: (seconds: number) => string
}

/** What a form may complain about. */
export type Problem = 'name' | 'email' | 'code' | 'wrongCode' | 'noConnection'
