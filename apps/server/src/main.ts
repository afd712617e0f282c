#!/usr/bin/env node
import { endWithLauncher, isNodeRecent, runOnProjectNode } from './project-node.ts'

// An old Node can't load the modules below.
if (isNodeRecent()) {
  endWithLauncher()
  const { serve } = await import('./serve.ts')
  await serve(process.env)
} else {
  runOnProjectNode()
}
