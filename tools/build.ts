/**
 * Writes `dist/`, what the published package runs: the command and its workers as a few JavaScript modules. A start
 * reads those instead of some 700 TypeScript files, which is most of what a start costs (docs/performance.md).
 *
 *     npm run build        `npm pack` and `npm publish` do it, too
 *
 * A working copy runs its sources: there is nothing to build while you change them.
 */
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }

const ROOT = join(import.meta.dir, '..')
const DIST = join(ROOT, 'dist')

/** The programs: what is run by name, or as a process of its own. */
const PROGRAMS = ['cli/main.ts', 'server/workers/worker.ts']

/**
 * Files of `src/` that are read or run as they are, and where they are looked for: beside the module that asks, which in
 * `dist/` is the folder itself.
 */
const READ_AS_THEY_ARE: Readonly<Record<string, string>> = {
  'companions/lambda/bootstrap': 'bootstrap',
  'control-plane/sdk/javascript/new-client.ts': 'javascript/new-client.ts',
  'control-plane/sdk/python/client.py': 'python/client.py',
  'control-plane/sdk/runtime': 'runtime',
  'control-plane/sdk/typescript/connect.ts': 'typescript/connect.ts',
}

await rm(DIST, { recursive: true, force: true })
await Bun.build({
  entrypoints: PROGRAMS.map((program) => join(ROOT, 'src', program)),
  outdir: DIST,
  target: 'bun',
  splitting: true,
  naming: { entry: '[name].[ext]', chunk: '[name]-[hash].[ext]' },
  sourcemap: 'linked',
  // Packages stay packages: npm keeps them up to date, and shares them.
  external: Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]),
})
for (const [source, target] of Object.entries(READ_AS_THEY_ARE)) {
  await cp(join(ROOT, 'src', source), join(DIST, target), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  })
}
