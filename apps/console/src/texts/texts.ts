import type { CallOutcome, CallReason, OperatorAction, Status } from '@registration/shared/operator'
import type { Failure } from '../api/failure-of.ts'
import type { FunnelStage } from '../overview/funnel.ts'
import type { Range } from '../overview/range.ts'
import type { Resolution } from '../registration/resolve-dialog.tsx'
import type { SignInProblem } from '../sign-in/sign-in-page.tsx'

type Words<Name extends string> = Record<Name, string>

/** A title and what goes with it. */
type Passage = Words<'title' | 'lead'>

/** A dialog that asks for a reason. */
type Question = Passage & Words<'confirm'>

/** Everything that the page says, in one language. */
export interface Texts {
  product: string
  signIn: Words<'title' | 'lead' | 'key' | 'hint' | 'show' | 'submit' | 'safe'> & {
    problems: Record<SignInProblem, string>
  }
  shell: Words<'skip' | 'menu' | 'language' | 'signOut'> & {
    scheme: Words<'light' | 'dark'>
    places: Words<'overview' | 'registrations'>
  }
  parts: Words<'loading' | 'notFound' | 'notFoundLead' | 'reference' | 'again' | 'copied'> & {
    failures: Record<Failure['kind'], Passage>
    freshness: Record<'live' | 'paused' | 'stale', (time: string) => string>
    copy: (what: string) => string
  }
  /** What each status is called, and what it means to an operator. */
  statuses: Record<Status, { name: string; meaning: string }>
  /** What to do where nothing automatic is left. */
  stuckReasons: Record<string, { short: string; remedy: string }>
  overview: Words<'title' | 'range'> & {
    ranges: Record<Range, string>
    estimated: (share: string) => string
    figures: Words<'registrations' | 'successRate' | 'unfinished' | 'stuck'> & {
      perHour: (count: string) => string
      ofFinished: (count: string) => string
      oldest: (span: string) => string
      nothingOpen: string
      look: string
      nothingStuck: string
      noneFinished: string
    }
    outcomes: Passage & Words<'succeeded' | 'succeeded_without_link' | 'rejected' | 'released' | 'open' | 'at'>
    funnel: Passage & Words<'stage' | 'count' | 'share'> & { stages: Record<FunnelStage, string> }
    latency: Passage & Words<'none' | 'percentile' | 'span'>
    refusals: Passage & Words<'none' | 'code' | 'count'>
    statuses: Passage & Words<'status' | 'count'>
    tags: Passage & Words<'none' | 'tag' | 'count' | 'rate' | 'untagged'>
    empty: Passage
  }
  list: Passage &
    Words<'newest' | 'older'> & {
      columns: Words<'status' | 'email' | 'begun' | 'why' | 'tag' | 'clickId' | 'calls'>
      filters: Words<
        | 'title'
        | 'email'
        | 'emailExample'
        | 'status'
        | 'any'
        | 'code'
        | 'tag'
        | 'clickId'
        | 'from'
        | 'to'
        | 'more'
        | 'fewer'
        | 'clear'
      >
      empty: Passage
      nothingFound: Passage
    }
  reason: Words<'label' | 'hint' | 'missing' | 'cancel'>
  registration: Words<'tab' | 'back' | 'actions' | 'visitor' | 'traffic' | 'partner' | 'nothing' | 'erased'> & {
    facts: Words<
      | 'id'
      | 'email'
      | 'name'
      | 'visitorId'
      | 'clientIp'
      | 'siteUrl'
      | 'source'
      | 'begun'
      | 'domain'
      | 'login'
      | 'password'
      | 'autologin'
      | 'link'
      | 'refusal'
      | 'sentence'
      | 'userAgent'
    >
    secrets: Question & Words<'masked' | 'show' | 'hide'>
    history: Passage &
      Words<'begun'> & {
        call: (attempt: number) => string
        took: (span: string) => string
        why: Record<CallReason, string>
        lookedUp: string
        /** The process that did it. */
        on: (replica: string) => string
        outcomes: Record<CallOutcome | 'open', string>
        actions: Record<OperatorAction, (by: string) => string>
      }
    retry: Question & Words<'action'>
    erase: Question & Words<'action'>
    resolve: Passage &
      Words<'action' | 'confirm' | 'outcome' | 'link' | 'linkHint' | 'linkMissing' | 'outcomeMissing'> & {
        outcomes: Record<Resolution, { name: string; meaning: string }>
      }
  }
}
