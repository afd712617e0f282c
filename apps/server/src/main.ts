#!/usr/bin/env node
import { endWithLauncher, isNodeRecent, runOnProjectNode } from './project-node.ts'

// An old Node must not even load the rest.
if (isNodeRecent()) {
  endWithLauncher()
  const { serve } = await import('./serve.ts')
  await serve(process.env)
} else {
  runOnProjectNode()
}
