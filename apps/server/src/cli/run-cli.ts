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
import { addOperatorCommands, type WithRegistrations } from './operator-commands.ts'
import { reEncryptCommand } from './re-encrypt-command.ts'
import type { Terminal } from './terminal.ts'
import { userName } from './user-name.ts'

const EXIT_CODES = `
Needs the environment of the servers, with DATABASE_URL.
Exit codes: 0 done, 1 failed, 2 invalid arguments or environment, 3 not confirmed, 4 not found or not possible in this state.`

/**
 * Runs one command.
 *
 * @param args the arguments after the program's name
 * @param env the environment of the servers
 */
export async function runCli(args: readonly string[], env: Environment, terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  const withRegistrations: WithRegistrations = async (
    command: (registrations: OpenRegistrations) => Promise<ExitCode>,
  ) => {
    await using registrations = openRegistrations(env)
    exitCode = await command(registrations)
  }
  const program = new Command('registration')
    .description('Inspects and maintains the data of the registration servers.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
  program
    .command('re-encrypt')
    .description(
      'Encrypt everything with the first of ENCRYPTION_KEYS, while servers run. Can be interrupted and repeated.',
    )
    .option('--json', 'print the result as JSON', false)
    .action((options) => withRegistrations((registrations) => reEncryptCommand(registrations, terminal, options)))
  program
    .command('erase')
    .description('Erase all personal data of an e-mail. Cannot be undone.')
    .requiredOption('--email <address>', "the person's e-mail")
    .requiredOption('--reason <text>', 'reason, such as a ticket; stored, so it must not contain personal data')
    .option('--by <name>', 'who does it; stored with the reason', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .option('--json', 'print the result as JSON', false)
    .action((options) => withRegistrations((registrations) => eraseCommand(registrations, terminal, options)))
  program
    .command('export')
    .description('Print all stored data of an e-mail as JSON, with decrypted secrets.')
    .requiredOption('--email <address>', "the person's e-mail")
    .action((options) => withRegistrations((registrations) => exportCommand(registrations, terminal, options)))

  program
    .command('migrate')
    .description('Migrate the tables, for servers with MIGRATE_ON_START=false.')
    .action(() => withRegistrations((registrations) => migrateCommand(registrations, terminal)))
  program
    .command('journal')
    .description('Print the results in the outage journal of DATA_DIR as JSON.')
    .option('--drain', 'write them to the database if no server runs that would; does not call onSettled', false)
    .option('--drop <id>', 'drop the results of this registration, which cannot be written; needs --reason')
    .option('--reason <text>', 'reason; stored permanently, so it must not contain personal data')
    .option('--by <name>', 'who does it; stored with the reason', userName())
    .option('--yes', 'do not ask for confirmation', false)
    .action((options) => withRegistrations((registrations) => journalCommand(registrations, terminal, options)))
  program
    .command('check-config')
    .description('Validate the environment as a starting server does, without connecting to anything.')
    .action(() => {
      exitCode = checkConfigCommand(env, terminal)
    })
  addOperatorCommands(program, terminal, withRegistrations)
  addEventCommands(program, terminal, withRegistrations)

  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return failed(error, terminal)
  }
}

function failed(error: unknown, { err }: Terminal): ExitCode {
  // Commander has already printed its help or error.
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
