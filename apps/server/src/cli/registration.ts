#!/usr/bin/env node
import { isNodeRecent, runOnProjectNode } from '../project-node.ts'

// An old Node can't load the modules below.
if (isNodeRecent()) {
  const { runCli } = await import('./run-cli.ts')
  const { processTerminal } = await import('./terminal.ts')
  process.exitCode = await runCli(process.argv.slice(2), process.env, processTerminal)
} else {
  runOnProjectNode()
}
