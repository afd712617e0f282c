import { type Environment, loadConfig } from '../config/load-config.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { printJson } from './print-json.ts'
import type { Terminal } from './terminal.ts'

/** Validates the environment as the server does at start, without connecting to anything. @throws ConfigError with all problems */
export function checkConfigCommand(env: Environment, terminal: Terminal): ExitCode {
  const config = loadConfig(env)
  printJson(terminal, {
    usable: true,
    production: config.production,
    publicOrigin: config.publicOrigin,
    database: config.databaseUrl === undefined ? 'embedded' : 'configured',
    schema: config.databaseSchema,
    // Not the whole address: its path or query may hold a token.
    partner: new URL(config.partnerUrl).origin,
    verification: config.verification.mode,
    operators: config.operatorKeys.map(({ name }) => name),
    internalApps: config.internalKeys.map(({ name }) => name),
    webhooks: config.webhooks.map(({ name }) => name),
    encryptionKeys: config.encryptionKeys?.map(({ id }) => id) ?? 'development',
  })
  return EXIT.done
}
