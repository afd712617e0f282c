#!/usr/bin/env node
import { isNodeRecent, runOnProjectNode } from '../project-node.ts'

// An old Node must not even load the rest.
if (isNodeRecent()) {
  const { runCli } = await import('./run-cli.ts')
  const { processTerminal } = await import('./terminal.ts')
  process.exitCode = await runCli(process.argv.slice(2), process.env, processTerminal)
} else {
  runOnProjectNode()
}
