import type { DeadEvents } from '@registration/shared/operator'
import type { Command } from 'commander'
import { OPERATOR_INPUT } from '../http/operator-input.ts'
import type { OperatorEvents } from '../operators/operator-store.ts'
import { EXIT } from './exit-codes.ts'
import { isConfirmed } from './is-confirmed.ts'
import type { On } from './operator-commands.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'
import { userName } from './user-name.ts'

/** What operators do about events for other apps. */
export function addEventCommands(program: Command, terminal: Terminal, on: On): void {
  const events = program.command('events').description('What other apps are told of registrations.')
  const narrowed = (command: Command) =>
    command
      .option('--type <type...>', 'such as registration.rejected')
      .option('--endpoint <name>', "the app's name")
      .option('--registration-id <id>', 'whose they are')

  narrowed(events.command('list'))
    .description('Print one page of events, newest first, as JSON.')
    .option('--state <state...>', 'waiting, delivered or dead')
    .option('--cursor <cursor>', 'nextCursor of the page before')
    .option('--limit <number>', 'lines on the page, at most 200', Number)
    .action((options) => {
      const wanted = OPERATOR_INPUT.events.list.parse(options)
      return on(async ({ operators }) => {
        printJson(terminal, await operators.events.list(wanted))
        return EXIT.done
      })
    })
  narrowed(events.command('redrive'))
    .description('Send an event to its app anew, or all dead ones that are chosen, with the ids that they have.')
    .argument('[id]', 'of one event, with --endpoint; without it, all dead ones')
    .requiredOption('--reason <text>', 'why; it is kept with the registrations, so it must name nobody')
    .option('--by <name>', 'who does it; it is kept', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .action((id: string | undefined, { by, yes, reason, ...options }) => {
      const one = id === undefined ? undefined : OPERATOR_INPUT.events.redriveOne.parse({ ...options, reason, id })
      const { dead, ...why } = OPERATOR_INPUT.events.redriveDead.parse({ reason, dead: options })
      const act = { by, reason: why.reason }
      return on(async ({ operators: { events: store } }) => {
        const what = one ? 'The event' : 'All dead events that are chosen'
        if (!yes && !(await isConfirmed(terminal, `${what} will be sent again.`))) return EXIT.unconfirmed
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
