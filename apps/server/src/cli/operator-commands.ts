import type { Command } from 'commander'
import { OPERATOR_INPUT } from '../http/operator-input.ts'
import { OperatorError } from '../operators/operator-store.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { isConfirmed } from './is-confirmed.ts'
import type { OpenRegistrations } from './open-registrations.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'
import { userName } from './user-name.ts'

/** Opens the servers' tables and keys, runs the command, and closes them. */
export type WithRegistrations = (command: (registrations: OpenRegistrations) => Promise<ExitCode>) => Promise<void>

/** Adds the commands that do what the operator router does. They need the servers' environment instead of a key. */
export function addOperatorCommands(program: Command, terminal: Terminal, withRegistrations: WithRegistrations): void {
  const act = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<id>', 'id of the registration')
      .requiredOption('--reason <text>', 'reason; stored with the registration, so it must not contain personal data')
      .option('--by <name>', 'who does it; stored with the reason', userName())
      .option('--yes', 'do not ask for confirmation', false)

  program
    .command('list')
    .description('Print one page of registrations, newest first, as JSON.')
    .option('--status <status...>', 'such as stuck')
    .option('--code <code>', "code of the partner's rejection, such as ALREADY_REGISTERED")
    .option('--email <address>', 'upper and lower case are the same')
    .option('--tag <tag>', 'traffic parameter tag')
    .option('--click-id <id>', 'traffic parameter click_id')
    .option('--from <instant>', 'created at or after, such as 2026-01-31T12:00:00Z')
    .option('--to <instant>', 'created before')
    .option('--cursor <id>', 'nextCursor of the previous page')
    .option('--limit <number>', 'registrations on the page, at most 200', Number)
    .action((options) => {
      const wanted = OPERATOR_INPUT.list.parse(options)
      return withRegistrations(async ({ operators }) => {
        printJson(terminal, await operators.list(wanted))
        return EXIT.done
      })
    })
  program
    .command('show')
    .description('Print one registration with its whole history, without its secrets, as JSON.')
    .argument('<id>', 'id of the registration')
    .action((given: string) => {
      const { id } = OPERATOR_INPUT.get.parse({ id: given })
      return withRegistrations(async ({ operators }) => {
        printJson(terminal, await operators.get(id))
        return EXIT.done
      })
    })
  act('retry', 'Let recovery ask the partner again about an unfinished or stuck registration.').action(
    (id: string, { by, yes, reason }) => {
      const input = OPERATOR_INPUT.act.parse({ id, reason })
      return withRegistrations(async ({ operators }) => {
        if (!yes && !(await isConfirmed(terminal, 'The partner will be asked again.'))) return EXIT.unconfirmed
        printJson(terminal, await operators.retry({ ...input, by }))
        return EXIT.done
      })
    },
  )
  act('resolve', "Record what the partner's support says about one registration.")
    .requiredOption('--outcome <outcome>', 'account_with_link, account_without_link or absent')
    .option('--deposit-url <link>', "the visitor's link, with account_with_link")
    .action((given: string, { by, yes, ...options }) => {
      const { id, reason, ...found } = OPERATOR_INPUT.resolve.parse({ id: given, ...options })
      return withRegistrations(async ({ operators }) => {
        const warning = `The registration will be resolved: ${found.outcome}. The visitor gets this outcome.`
        if (!yes && !(await isConfirmed(terminal, warning))) return EXIT.unconfirmed
        printJson(terminal, await operators.resolve({ id, reason, by }, found))
        return EXIT.done
      })
    })
  program
    .command('sentences')
    .description(
      "Print the partner's sentences of stuck registrations, with their number and the setting for them, as JSON.",
    )
    .action(() =>
      withRegistrations(async ({ operators }) => {
        printJson(terminal, await operators.stuckSentences())
        return EXIT.done
      }),
    )
  program
    .command('resolve-sentence')
    .description('Resolve all registrations that are stuck with one sentence of the partner.')
    .argument('<sentence>', 'the whole sentence, as `sentences` prints it')
    .requiredOption('--outcome <outcome>', 'account_without_link or absent')
    .requiredOption('--reason <text>', 'reason; stored with the registrations, so it must not contain personal data')
    .option('--by <name>', 'who does it; stored with the reason', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .action((given: string, { by, yes, ...options }) => {
      const { reason, ...wanted } = OPERATOR_INPUT.resolveSentence.parse({ sentence: given, ...options })
      return withRegistrations(async ({ operators }) => {
        const countStuck = async () =>
          (await operators.stuckSentences()).find(({ sentence }) => sentence === wanted.sentence)?.count ?? 0
        const stuck = await countStuck()
        if (stuck === 0) {
          throw new OperatorError(
            'not-found',
            'No registration is stuck with this sentence: `sentences` prints those that are.',
          )
        }
        const warning = `${stuck} registrations will be resolved: ${wanted.outcome}. Their visitors get this outcome.`
        if (!yes && !(await isConfirmed(terminal, warning))) return EXIT.unconfirmed
        let resolved = 0
        for (let cursor: string | undefined | null; cursor !== null; ) {
          const batch = await operators.resolveSentence({ ...wanted, ...(cursor ? { cursor } : {}) }, { reason, by })
          resolved += batch.resolved
          cursor = batch.nextCursor
        }
        printJson(terminal, { resolved, stillStuck: await countStuck() })
        return EXIT.done
      })
    })
}
