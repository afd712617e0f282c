import { defineConfig } from 'tsup'

/** `main` is the server of its own, `plugin` the same thing for a host. The contract is ours and goes inside. */
export default defineConfig({
  entry: { main: 'src/main.ts', plugin: 'src/plugin.ts' },
  format: 'esm',
  target: 'node22',
  platform: 'node',
  noExternal: ['@registration/shared'],
  external: ['@registration/local-postgres'],
  dts: { entry: { plugin: 'src/plugin.ts' } },
})
