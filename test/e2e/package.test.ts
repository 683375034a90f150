import { afterAll, beforeAll, expect, test } from 'bun:test'
import { APIGatewayClient, GetSdkCommand } from '@aws-sdk/client-api-gateway'
import { builtinModules } from 'node:module'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Glob, Transpiler } from 'bun'
import { endGateways, startGatewayProcess } from '../support/gateway-process.ts'
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

afterAll(async () => {
  await endGateways()
  rmSync(folder, { recursive: true, force: true })
})

test('whatever a published module imports is published, or a dependency', async () => {
  const dependencies = new Set(Object.keys(manifest.dependencies))
  const missing: string[] = []
  const reader = new Transpiler({ loader: 'js' })
  for (const file of new Glob('dist/*.js').scanSync(unpacked)) {
    for (const { path } of reader.scanImports(await Bun.file(join(unpacked, file)).text())) {
      if (!isThere(file, path, dependencies)) missing.push(`${file} imports ${path}`)
    }
  }
  expect(missing).toEqual([])
})

test('what is published was built: no sources, no tests', () => {
  expect(existsSync(join(unpacked, 'dist', 'main.js'))).toBeTrue()
  expect(existsSync(join(unpacked, 'src'))).toBeFalse()
  expect([...new Glob('**/*.test.ts').scanSync(unpacked)]).toEqual([])
})

test('the published command serves the example with workers and functions, and makes clients', async () => {
  symlinkSync(join(ROOT, 'node_modules'), join(unpacked, 'node_modules'), 'junction')
  const gateway = await startGatewayProcess({
    arguments: ['examples/petstore', '--workers', '2'],
    launcher: join(unpacked, 'bin', 'gatehouse.mjs'),
    cwd: unpacked,
  })
  const [, restApiId = ''] = await gateway.printed(/\/_aws\/execute-api\/([a-z0-9]{10})\/dev\n/)
  await gateway.printed(/Ctrl-C stops/)

  const pets = await fetch(`${gateway.url}/_aws/execute-api/${restApiId}/dev/pets`)
  expect([pets.status, await pets.json()]).toMatchObject([200, { currency: 'EUR' }])

  const client = new APIGatewayClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  for (const sdkType of ['javascript', 'typescript', 'python']) {
    const sdk = await client.send(new GetSdkCommand({ restApiId, stageName: 'dev', sdkType }))
    expect([sdkType, sdk.body?.length]).toEqual([sdkType, expect.any(Number)])
  }
  client.destroy()
  expect(await gateway.stop()).toBe(0)
}, 60_000)

function isThere(file: string, target: string, dependencies: ReadonlySet<string>): boolean {
  if (target.startsWith('.')) return existsSync(join(unpacked, dirname(file), target))
  if (target.startsWith('node:') || target.startsWith('bun') || builtinModules.includes(target)) return true
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
  return dependencies.has(name)
}
