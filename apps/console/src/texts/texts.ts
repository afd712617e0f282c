import type {
  CallOutcome,
  CallReason,
  EventState,
  EventType,
  OperatorAction,
  ShownDescription,
  Status,
} from '@registration/shared/operator'
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
    places: Words<'overview' | 'registrations' | 'events'>
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
  events: Passage &
    Words<'registration'> & {
      columns: Words<'state' | 'what' | 'endpoint' | 'happened' | 'attempts'>
      states: Record<EventState, string>
      types: Record<EventType, string>
      filters: Words<'state' | 'type' | 'endpoint' | 'registrationId'>
      endpoints: Words<'title' | 'nothingWaits'> & {
        unlisted: (endpoint: string) => string
        waiting: (count: string) => string
        oldest: (span: string) => string
        dead: (count: string) => string
      }
      attempts: Words<'none' | 'delivered'> & {
        count: (count: string) => string
        attempt: (attempt: number) => string
        answered: (status: number) => string
        next: (span: string) => string
      }
      redrive: Words<'action' | 'confirm'> & {
        title: (endpoint: string) => string
        /** What will happen to one in this state. */
        leads: Record<EventState, string>
      }
      redriveDead: Words<'action' | 'title' | 'leadOfAll' | 'confirm'> & {
        lead: (filters: string) => string
        done: (count: string) => string
      }
      empty: Passage
      nothingFound: Passage
      nobodyIsTold: Passage
    }
  reason: Words<'label' | 'hint' | 'missing' | 'cancel'>
  registration: Words<'tab' | 'back' | 'actions' | 'visitor' | 'partner' | 'nothing' | 'erased'> & {
    facts: Words<
      | 'id'
      | 'email'
      | 'visitorId'
      | 'clientIp'
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
    /** The labels of what describes the visitor: one for each such field of the request. */
    description: Record<keyof ShownDescription, string>
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
    events: Words<'title' | 'none'>
    retry: Question & Words<'action'>
    erase: Question & Words<'action'>
    resolve: Passage &
      Words<'action' | 'confirm' | 'outcome' | 'link' | 'linkHint' | 'linkMissing' | 'outcomeMissing'> & {
        outcomes: Record<Resolution, { name: string; meaning: string }>
      }
  }
}
