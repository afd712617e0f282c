import type { DeadEvents } from '@registration/shared/operator'
import type { Command } from 'commander'
import { OPERATOR_INPUT } from '../http/operator-input.ts'
import type { OperatorEvents } from '../operators/operator-store.ts'
import { EXIT } from './exit-codes.ts'
import { isConfirmed } from './is-confirmed.ts'
import type { WithRegistrations } from './operator-commands.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'
import { userName } from './user-name.ts'

/** Adds the operators' commands for events. */
export function addEventCommands(program: Command, terminal: Terminal, withRegistrations: WithRegistrations): void {
  const events = program
    .command('events')
    .description('List and resend the events that other apps get about registrations.')
  const withFilters = (command: Command) =>
    command
      .option('--type <type...>', 'such as registration.rejected')
      .option('--endpoint <name>', "the app's name")
      .option('--registration-id <id>', 'only the events of this registration')

  withFilters(events.command('list'))
    .description('Print one page of events, newest first, as JSON.')
    .option('--state <state...>', 'waiting, delivered or dead')
    .option('--cursor <cursor>', 'nextCursor of the previous page')
    .option('--limit <number>', 'events on the page, at most 200', Number)
    .action((options) => {
      const wanted = OPERATOR_INPUT.events.list.parse(options)
      return withRegistrations(async ({ operators }) => {
        printJson(terminal, await operators.events.list(wanted))
        return EXIT.done
      })
    })
  withFilters(events.command('redrive'))
    .description('Send an event to its app again, or all dead events that match the filters. Events keep their ids.')
    .argument('[id]', 'id of one event, with --endpoint; without it, all dead events')
    .requiredOption('--reason <text>', 'reason; stored with the registrations, so it must not contain personal data')
    .option('--by <name>', 'who does it; stored with the reason', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .action((id: string | undefined, { by, yes, reason, ...options }) => {
      const one = id === undefined ? undefined : OPERATOR_INPUT.events.redriveOne.parse({ ...options, reason, id })
      const { dead, reason: validReason } = OPERATOR_INPUT.events.redriveDead.parse({ reason, dead: options })
      const act = { by, reason: validReason }
      return withRegistrations(async ({ operators: { events: store } }) => {
        const selected = one ? 'The event' : 'All dead events that match the filters'
        if (!yes && !(await isConfirmed(terminal, `${selected} will be sent again.`))) return EXIT.unconfirmed
        const redriven = one ? (await store.redrive(one, act)).redriven : await redriveAll(store, dead, act)
        printJson(terminal, { redriven })
        return EXIT.done
      })
    })
}

async function redriveAll(
  events: OperatorEvents,
  dead: DeadEvents,
  act: { by: string; reason: string },
): Promise<number> {
  let total = 0
  let cursor: string | undefined
  do {
    const { redriven, nextCursor } = await events.redriveDead(dead, act, cursor)
    total += redriven
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined)
  return total
}
