import { Command, CommanderError } from 'commander'
import { ZodError } from 'zod'
import { ConfigError, type Environment } from '../config/load-config.ts'
import { safeError } from '../observability/safe-error.ts'
import { OperatorError } from '../operators/operator-store.ts'
import { checkConfigCommand } from './check-config-command.ts'
import { eraseCommand } from './erase-command.ts'
import { addEventCommands } from './event-commands.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { exportCommand } from './export-command.ts'
import { journalCommand } from './journal-command.ts'
import { migrateCommand } from './migrate-command.ts'
import { type OpenRegistrations, openRegistrations } from './open-registrations.ts'
import { addOperatorCommands } from './operator-commands.ts'
import { reEncryptCommand } from './re-encrypt-command.ts'
import type { Terminal } from './terminal.ts'
import { userName } from './user-name.ts'

const EXIT_CODES = `
Takes the environment of the servers, whose DATABASE_URL must be set.
Exit codes: 0 done, 1 failed, 2 wrong arguments or environment, 3 not confirmed, 4 no such registration or event, or not now.`

/**
 * Runs one command.
 *
 * @param args what follows the program's name
 * @param env the environment of the servers
 */
export async function runCli(args: readonly string[], env: Environment, terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  const on = async (command: (registrations: OpenRegistrations) => Promise<ExitCode>) => {
    await using registrations = openRegistrations(env)
    exitCode = await command(registrations)
  }
  const program = new Command('registration')
    .description('Looks after what the registration servers hold.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
  program
    .command('re-encrypt')
    .description(
      'Encrypt everything with the first of ENCRYPTION_KEYS, while servers run. May be stopped and repeated.',
    )
    .option('--json', 'print the result as JSON', false)
    .action((options) => on((registrations) => reEncryptCommand(registrations, terminal, options)))
  program
    .command('erase')
    .description('Remove a person from everything that is held of their e-mail, for good.')
    .requiredOption('--email <address>', 'whose')
    .requiredOption('--reason <text>', 'why, such as a ticket; it is kept, so it must name nobody')
    .option('--by <name>', 'who does it; it is kept', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .option('--json', 'print the result as JSON', false)
    .action((options) => on((registrations) => eraseCommand(registrations, terminal, options)))
  program
    .command('export')
    .description('Print everything that is held of an e-mail, as JSON, with its secrets readable.')
    .requiredOption('--email <address>', 'whose')
    .action((options) => on((registrations) => exportCommand(registrations, terminal, options)))

  program
    .command('migrate')
    .description('Bring the tables and the queue up to date, for servers with MIGRATE_ON_START=false.')
    .action(() => on((registrations) => migrateCommand(registrations, terminal)))
  program
    .command('journal')
    .description('Print which results wait in the outage journal of DATA_DIR, as JSON.')
    .option('--drain', 'write them to the database, where no server runs that would; calls no onSettled', false)
    .option('--drop <id>', 'give up the results of this registration, which can not be written; needs --reason')
    .option('--reason <text>', 'why; it is kept for good, so it must name nobody')
    .option('--by <name>', 'who does it; it is kept', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .action((options) => on((registrations) => journalCommand(registrations, terminal, options)))
  program
    .command('check-config')
    .description('Check the environment as a server does that starts, and connect to nothing.')
    .action(() => {
      exitCode = checkConfigCommand(env, terminal)
    })
  addOperatorCommands(program, terminal, on)
  addEventCommands(program, terminal, on)

  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return failed(error, terminal)
  }
}

function failed(error: unknown, { err }: Terminal): ExitCode {
  // Commander has printed its help or its complaint by then.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused
  if (error instanceof ZodError) {
    for (const { path, message } of error.issues) err(`${path.join('.')}: ${message}\n`)
    return EXIT.misused
  }
  if (error instanceof ConfigError || error instanceof OperatorError) {
    err(`${error.message}\n`)
    return error instanceof ConfigError ? EXIT.misused : EXIT.refused
  }
  err(`${safeError(error).message}\n`)
  return EXIT.failed
}
