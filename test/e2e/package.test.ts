import { afterAll, beforeAll, expect, test } from 'bun:test'
import { builtinModules } from 'node:module'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Glob, Transpiler } from 'bun'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = join(import.meta.dir, '..', '..')
let folder = ''
/** The package as it would be published, unpacked. */
let unpacked = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-package-'))
  const packed = Bun.spawn(['npm', 'pack', '--silent', '--pack-destination', folder], { cwd: ROOT })
  expect(await packed.exited).toBe(0)
  const [archive = ''] = new Glob('*.tgz').scanSync(folder)
  expect(await Bun.spawn(['tar', '-xzf', archive], { cwd: folder }).exited).toBe(0)
  unpacked = join(folder, 'package')
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('whatever a published file imports is published, or a dependency', async () => {
  const dependencies = new Set(Object.keys(manifest.dependencies))
  const missing: string[] = []
  const reader = new Transpiler({ loader: 'ts' })
  for await (const file of new Glob('src/**/*.{ts,mjs}').scan(unpacked)) {
    for (const { path } of reader.scanImports(await Bun.file(join(unpacked, file)).text())) {
      if (!isThere(file, path, dependencies)) missing.push(`${file} imports ${path}`)
    }
  }
  expect(missing).toEqual([])
})

test('neither tests nor what only they use are published', () => {
  expect([...new Glob('src/**/*.{test,fixture}.ts').scanSync(unpacked)]).toEqual([])
})

test('the published command runs', async () => {
  symlinkSync(join(ROOT, 'node_modules'), join(unpacked, 'node_modules'), 'junction')
  const command = join(unpacked, 'bin', 'gatehouse.mjs')
  const run = Bun.spawn(['node', command, 'version'], { stdout: 'pipe', stderr: 'inherit' })
  expect(await new Response(run.stdout).text()).toContain(manifest.version)
  expect(await run.exited).toBe(0)
}, 20_000)

function isThere(file: string, target: string, dependencies: ReadonlySet<string>): boolean {
  if (target.startsWith('#')) return existsSync(join(unpacked, 'src', target.slice(1)))
  if (target.startsWith('.')) return existsSync(join(unpacked, dirname(file), target))
  if (target.startsWith('node:') || target.startsWith('bun') || builtinModules.includes(target)) return true
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
  return dependencies.has(name)
}
