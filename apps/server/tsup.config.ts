import { defineConfig } from 'tsup'

/** `main` is the server of its own, `plugin` the same thing for a host, `registration` the commands for both. The contract is ours and goes inside. */
export default defineConfig({
  entry: { main: 'src/main.ts', plugin: 'src/plugin.ts', registration: 'src/cli/registration.ts' },
  format: 'esm',
  target: 'node22',
  platform: 'node',
  noExternal: ['@registration/shared'],
  external: ['@registration/local-postgres'],
  // The operators' page, as the console's own build left it, goes into `dist/console`.
  publicDir: '../console/dist',
  // Only what `paths` resolves is written into the declarations: a host knows nothing of our private packages.
  dts: {
    entry: { plugin: 'src/plugin.ts' },
    compilerOptions: { paths: { '@registration/shared': ['../../packages/shared/src/index.ts'] } },
  },
})
