import type { Kysely } from 'kysely'
import { OperationRefused } from '../../registration/operation-refused.ts'
import type { OperatorEvents } from '../../registration/operator-events.ts'
import { EVENT_STATES } from '../../registration/registration-event.ts'
import type { Database } from '../database.ts'
import { endpointStates } from '../endpoint-states.ts'
import { withEventKinds } from '../with-event-kinds.ts'
import { listEvents } from './list-events.ts'
import { pageOfEvents } from './page-of-events.ts'
import { redriveEvents } from './redrive-events.ts'

/** Their registrations are changed too, and are held until the commit: some milliseconds. */
const BATCH = 200

/** @param listed names of the apps that are sent events */
export function createOperatorEvents(db: Kysely<Database>, listed: readonly string[]): OperatorEvents {
  /** Of the apps that are sent anything. */
  function receivers(endpoint: string | undefined): readonly string[] {
    if (listed.length === 0) {
      throw new OperationRefused('conflict', 'No app is told of anything: WEBHOOK_ENDPOINTS is unset.')
    }
    if (endpoint === undefined) return listed
    if (listed.includes(endpoint)) return [endpoint]
    const apps = listed.join(', ')
    throw new OperationRefused(
      'conflict',
      `WEBHOOK_ENDPOINTS does not list ${endpoint}, so that nothing is sent to it: there are ${apps}.`,
    )
  }

  return {
    list: (wanted) => listEvents(db, wanted),
    async endpoints() {
      const kinds = await withEventKinds(db).selectFrom('kinds').select('endpoint').distinct().execute()
      const names = [...new Set([...listed, ...kinds.map(({ endpoint }) => endpoint).toSorted()])]
      const states = await endpointStates(db, names)
      return states.map((state) => ({ ...state, isListed: listed.includes(state.endpoint) }))
    },
    async redrive(event, act) {
      receivers(event.endpoint)
      const redriven = await redriveEvents(db, { events: [event], states: EVENT_STATES, isInPassing: false }, act)
      if (redriven > 0) return { redriven, nextCursor: null }
      const why = 'it reached its age, or its person was erased'
      throw new OperationRefused('not-found', `There is no event ${event.id} for ${event.endpoint}: ${why}.`)
    },
    async redriveDead({ endpoint, ...dead }, act, cursor) {
      const page = await pageOfEvents(db, {
        ...dead,
        state: ['dead'],
        endpoints: receivers(endpoint),
        cursor,
        limit: BATCH,
      })
      const redriven = await redriveEvents(db, { events: page.rows, states: ['dead'], isInPassing: true }, act)
      return { redriven, nextCursor: page.nextCursor }
    },
  }
}
