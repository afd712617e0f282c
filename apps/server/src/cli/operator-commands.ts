import type { Command } from 'commander'
import { OPERATOR_INPUT } from '../http/operator-input.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { isConfirmed } from './is-confirmed.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'
import { userName } from './user-name.ts'

/** Runs a command on what the servers hold. */
export type On = (command: (registrations: OpenRegistrations) => Promise<ExitCode>) => Promise<void>

/** What operators do through the router, for those who have the servers' environment rather than a key. */
export function addOperatorCommands(program: Command, terminal: Terminal, on: On): void {
  const act = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<id>', 'of the registration')
      .requiredOption('--reason <text>', 'why; it is kept with the registration, so it must name nobody')
      .option('--by <name>', 'who does it; it is kept', userName())
      .option('--yes', 'do not ask for confirmation', false)

  program
    .command('list')
    .description('Print one page of registrations, newest first, as JSON.')
    .option('--status <status...>', 'such as stuck')
    .option('--code <code>', "the partner's refusal, such as ALREADY_REGISTERED")
    .option('--email <address>', 'in any case')
    .option('--tag <tag>', 'of the traffic parameters')
    .option('--click-id <id>', 'of the traffic parameters')
    .option('--from <instant>', 'begun then or later, such as 2026-01-31T12:00:00Z')
    .option('--to <instant>', 'begun before')
    .option('--cursor <id>', 'nextCursor of the page before')
    .option('--limit <number>', 'lines on the page, at most 200', Number)
    .action((options) => {
      const wanted = OPERATOR_INPUT.list.parse(options)
      return on(async ({ operators }) => {
        printJson(terminal, await operators.list(wanted))
        return EXIT.done
      })
    })
  program
    .command('show')
    .description('Print one registration with its whole history, without its secrets, as JSON.')
    .argument('<id>', 'of the registration')
    .action((given: string) => {
      const { id } = OPERATOR_INPUT.get.parse({ id: given })
      return on(async ({ operators }) => {
        printJson(terminal, await operators.get(id))
        return EXIT.done
      })
    })
  act('retry', 'Let recovery ask the partner once more about what is unfinished or stuck.').action(
    (id: string, { by, yes, reason }) => {
      const input = OPERATOR_INPUT.act.parse({ id, reason })
      return on(async ({ operators }) => {
        if (!yes && !(await isConfirmed(terminal, 'The partner will be asked again.'))) return EXIT.unconfirmed
        printJson(terminal, await operators.retry({ ...input, by }))
        return EXIT.done
      })
    },
  )
  act('resolve', "Write down what the partner's support says of one registration.")
    .requiredOption('--outcome <outcome>', 'account_with_link, account_without_link or absent')
    .option('--deposit-url <link>', 'where the visitor goes on, with account_with_link')
    .action((given: string, { by, yes, ...options }) => {
      const { id, reason, ...found } = OPERATOR_INPUT.resolve.parse({ id: given, ...options })
      return on(async ({ operators }) => {
        const what = `The registration will be resolved: ${found.outcome}. Its visitor is told so.`
        if (!yes && !(await isConfirmed(terminal, what))) return EXIT.unconfirmed
        printJson(terminal, await operators.resolve({ id, reason, by }, found))
        return EXIT.done
      })
    })
}
