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

type Labels<Name extends string> = Record<Name, string>

/** A title and a sentence below it. */
type TitleAndLead = Labels<'title' | 'lead'>

/** A dialog that asks for a reason. */
type Confirmation = TitleAndLead & Labels<'confirm'>

/** Everything that the page says, in one language. */
export interface Messages {
  product: string
  signIn: Labels<'title' | 'lead' | 'key' | 'hint' | 'show' | 'submit' | 'safe'> & {
    problems: Record<SignInProblem, string>
  }
  shell: Labels<'skip' | 'menu' | 'language' | 'signOut'> & {
    scheme: Labels<'light' | 'dark'>
    places: Labels<'overview' | 'registrations' | 'events'>
  }
  parts: Labels<'loading' | 'notFound' | 'notFoundLead' | 'reference' | 'again' | 'copied'> & {
    failures: Record<Failure['kind'], TitleAndLead>
    freshness: Record<'live' | 'paused' | 'stale', (time: string) => string>
    copy: (what: string) => string
  }
  /** The name of each status, and its meaning for an operator. */
  statuses: Record<Status, { name: string; meaning: string }>
  /** The cause and the remedy of each stuck reason. */
  stuckReasons: Record<string, { short: string; remedy: string }>
  overview: Labels<'title' | 'range'> & {
    ranges: Record<Range, string>
    estimated: (share: string) => string
    figures: Labels<'registrations' | 'successRate' | 'unfinished' | 'stuck'> & {
      perHour: (count: string) => string
      ofFinished: (count: string) => string
      oldest: (span: string) => string
      nothingOpen: string
      look: string
      nothingStuck: string
      noneFinished: string
    }
    outcomes: TitleAndLead & Labels<'succeeded' | 'succeeded_without_link' | 'rejected' | 'released' | 'open' | 'at'>
    funnel: TitleAndLead & Labels<'stage' | 'count' | 'share'> & { stages: Record<FunnelStage, string> }
    latency: TitleAndLead & Labels<'none' | 'percentile' | 'span'>
    refusals: TitleAndLead & Labels<'none' | 'code' | 'count'>
    statuses: TitleAndLead & Labels<'status' | 'count'>
    tags: TitleAndLead & Labels<'none' | 'tag' | 'count' | 'rate' | 'untagged'>
    empty: TitleAndLead
  }
  list: TitleAndLead &
    Labels<'newest' | 'older'> & {
      columns: Labels<'status' | 'email' | 'begun' | 'why' | 'tag' | 'clickId' | 'calls'>
      filters: Labels<
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
      /** The partner's sentences of stuck registrations. */
      sentences: TitleAndLead &
        Labels<'action' | 'setting' | 'phrase'> & {
          count: (count: string) => string
          question: (count: string) => string
          done: (count: string) => string
        }
      empty: TitleAndLead
      nothingFound: TitleAndLead
    }
  events: TitleAndLead &
    Labels<'registration'> & {
      columns: Labels<'state' | 'what' | 'endpoint' | 'happened' | 'attempts'>
      states: Record<EventState, string>
      types: Record<EventType, string>
      filters: Labels<'state' | 'type' | 'endpoint' | 'registrationId'>
      endpoints: Labels<'title' | 'nothingWaits'> & {
        unlisted: (endpoint: string) => string
        waiting: (count: string) => string
        oldest: (span: string) => string
        dead: (count: string) => string
      }
      attempts: Labels<'none' | 'delivered'> & {
        count: (count: string) => string
        attempt: (attempt: number) => string
        answered: (status: number) => string
        next: (span: string) => string
      }
      redrive: Labels<'action' | 'confirm'> & {
        title: (endpoint: string) => string
        /** The effect on an event in this state. */
        leads: Record<EventState, string>
      }
      redriveDead: Labels<'action' | 'title' | 'leadOfAll' | 'confirm'> & {
        lead: (filters: string) => string
        done: (count: string) => string
      }
      empty: TitleAndLead
      nothingFound: TitleAndLead
      nobodyIsTold: TitleAndLead
    }
  reason: Labels<'label' | 'hint' | 'missing' | 'cancel'>
  registration: Labels<'tab' | 'back' | 'actions' | 'visitor' | 'partner' | 'nothing' | 'erased'> & {
    details: Labels<
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
    /** The labels of the descriptive fields of a request. */
    description: Record<keyof ShownDescription, string>
    secrets: Confirmation & Labels<'masked' | 'show' | 'hide'>
    history: TitleAndLead &
      Labels<'begun'> & {
        call: (attempt: number) => string
        took: (span: string) => string
        why: Record<CallReason, string>
        lookedUp: string
        /** The process. */
        on: (replica: string) => string
        outcomes: Record<CallOutcome | 'open', string>
        actions: Record<OperatorAction, (by: string) => string>
      }
    events: Labels<'title' | 'none'>
    retry: Confirmation & Labels<'action'>
    erase: Confirmation & Labels<'action'>
    resolve: TitleAndLead &
      Labels<'action' | 'confirm' | 'outcome' | 'link' | 'linkHint' | 'linkMissing' | 'outcomeMissing'> & {
        outcomes: Record<Resolution, { name: string; meaning: string }>
      }
  }
}
