import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { APIGatewayClient, CreateRestApiCommand, GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

afterEach(endGateways)

function client(
  gateway: GatewayProcess,
  accessKeyId = 'test',
  secretAccessKey = 'test-secret',
): APIGatewayClient {
  return new APIGatewayClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  })
}

async function ended(words: readonly string[]): Promise<{ code: number; errors: string; output: string }> {
  const run = runGatehouse(words)
  const code = await run.ended()
  return { code, errors: run.errors(), output: run.output() }
}

test('what was made is there after a restart, and one data folder serves one gateway', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-data-'))
  try {
    const first = await startGatewayProcess({ arguments: ['--data-dir', dataDir] })
    await client(first).send(new CreateRestApiCommand({ name: 'kept' }))
    const second = await ended(['start', '--port', '0', '--data-dir', dataDir])
    expect(second.code).toBe(1)
    expect(second.errors).toContain(String(first.child.pid))
    expect(await first.stop()).toBe(0)

    const third = await startGatewayProcess({ arguments: ['--data-dir', dataDir] })
    const { items } = await client(third).send(new GetRestApisCommand({}))
    expect(items?.map(({ name }) => name)).toEqual(['kept'])
    await third.stop()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}, 60_000)

test('a port in use is told with the process that has it', async () => {
  const gateway = await startGatewayProcess()
  const { code, errors } = await ended(['start', '--port', String(gateway.port), '--data-dir', ':memory:'])
  expect(code).toBe(1)
  expect(errors).toMatch(new RegExp(`port ${gateway.port} is in use`))
  if (process.platform === 'linux') expect(errors).toContain(`pid ${gateway.child.pid}`)
  await gateway.stop()
}, 60_000)

test('somebody else on the other side of localhost is told too: half of the clients would reach them', async () => {
  const other = createServer()
  const hasIpv6 = await new Promise<boolean>((resolve) => {
    other.once('error', () => resolve(false))
    other.listen(0, '::1', () => resolve(true))
  })
  if (!hasIpv6) return
  const { port } = other.address() as { port: number }
  const { code, errors } = await ended(['start', '--port', String(port), '--data-dir', ':memory:'])
  expect(errors).toMatch(new RegExp(`port ${port} is in use`))
  if (process.platform === 'linux') expect(errors).toContain(`pid ${process.pid}`)
  expect(code).toBe(1)
  other.close()
}, 60_000)

test('an address that others reach needs credentials', async () => {
  const { code, errors } = await ended([
    'start',
    '--host',
    '0.0.0.0',
    '--port',
    '0',
    '--data-dir',
    ':memory:',
  ])
  expect(code).toBe(1)
  expect(errors).toMatch(/refused to listen on 0\.0\.0\.0 without credentials.*--credentials/s)
}, 60_000)

test('with credentials, calls are verified and reset is refused unless --dev allows it', async () => {
  const credentials = ['--credentials', 'ALICE:a-long-secret']
  const gateway = await startGatewayProcess({ arguments: credentials })
  await client(gateway, 'ALICE', 'a-long-secret').send(new GetRestApisCommand({}))
  const wrong = client(gateway, 'ALICE', 'another-secret').send(new GetRestApisCommand({}))
  expect(await wrong.catch((error: Error) => error.name)).toBe('InvalidSignatureException')
  const unknown = client(gateway, 'BOB', 'a-long-secret').send(new GetRestApisCommand({}))
  expect(await unknown.catch((error: Error) => error.name)).toBe('UnrecognizedClientException')
  expect((await fetch(`${gateway.url}/_gatehouse/reset`, { method: 'POST' })).status).toBe(403)
  await gateway.stop()

  const dev = await startGatewayProcess({ arguments: [...credentials, '--dev'] })
  expect((await fetch(`${dev.url}/_gatehouse/reset`, { method: 'POST' })).status).toBe(200)
  await dev.stop()
}, 60_000)

test('health answers, both resets forget, and web pages of others are kept out', async () => {
  const gateway = await startGatewayProcess()
  const post = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(gateway.url + path, { method: 'POST', headers })
  expect(await (await fetch(`${gateway.url}/_gatehouse/health`)).json()).toMatchObject({ status: 'ok' })
  expect(await (await fetch(`${gateway.url}/_localstack/health`)).json()).toMatchObject({
    services: { apigateway: 'running', lambda: 'running', iam: 'running', sts: 'running' },
  })
  for (const path of ['/_gatehouse/reset', '/moto-api/reset']) {
    await client(gateway).send(new CreateRestApiCommand({ name: 'forgotten' }))
    expect((await post(path, { Origin: 'https://evil.example' })).status).toBe(403)
    expect((await post(path, { Host: 'evil.example' })).status).toBe(403)
    expect((await client(gateway).send(new GetRestApisCommand({}))).items?.length).toBe(1)
    expect((await post(path)).status).toBe(200)
    expect((await client(gateway).send(new GetRestApisCommand({}))).items ?? []).toEqual([])
  }
  // Unsigned: a form on any page could send this.
  expect((await post('/restapis')).status).toBe(403)
  await gateway.stop()
}, 60_000)

test('settings come from a file, a variable, a flag, the later ones stronger', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-settings-'))
  try {
    writeFileSync(
      join(folder, 'gatehouse.config.yaml'),
      'accountId: "111111111111"\nregion: eu-west-1\ncredentials: [ALICE:a-long-secret]\n',
    )
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ accountId: '444444444444' }))
    const key = ['ALICE', 'a-long-secret'] as const
    const account = async (
      words: readonly string[],
      environment: Record<string, string>,
      keys: readonly [string, string],
    ): Promise<string | undefined> => {
      const gateway = await startGatewayProcess({ arguments: words, environment, cwd: folder })
      const { name } = await client(gateway, ...keys).send(new CreateRestApiCommand({ name: 'x' }))
      expect(name).toBe('x')
      const sts = new STSClient({
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: keys[0], secretAccessKey: keys[1] },
      })
      const { Account } = await sts.send(new GetCallerIdentityCommand({}))
      expect(await gateway.stop()).toBe(0)
      return Account
    }
    const variable = { GATEHOUSE_ACCOUNT_ID: '222222222222' }
    expect(await account([], {}, key)).toBe('111111111111')
    expect(await account([], variable, key)).toBe('222222222222')
    expect(await account(['--account-id', '333333333333'], variable, key)).toBe('333333333333')
    expect(await account(['--config', 'other.json'], {}, ['any', 'any-secret'])).toBe('444444444444')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)

const wrongCommands: readonly [words: string[], code: number, message: RegExp][] = [
  [['strat'], 2, /unknown command strat; did you mean start\?/],
  [['start', '--prot', '1'], 2, /did you mean --port\?/],
  [['start', '--port', 'x'], 1, /--port: expected a whole number/],
  [['start', 'a', 'b'], 2, /one folder or document/],
  [['start', '/nowhere/at/all', '--port', '0', '--data-dir', ':memory:'], 1, /no such file or folder/],
  [['deploy'], 2, /deploy takes one folder/],
  [['deploy', 'x', '--dev'], 2, /unknown option --dev; there are --config, --host/],
  [['reset', '--endpoint', 'localhost:4566'], 2, /--endpoint: expected a URL/],
  [['help', 'strat'], 2, /unknown command strat; did you mean start\?/],
  [['start', '--config', '/nowhere.yaml'], 1, /\/nowhere\.yaml: cannot be read \(ENOENT\)/],
]

test.concurrent('commands that cannot work say what would', async () => {
  await Promise.all(
    wrongCommands.map(async ([words, code, message]) => {
      const result = await ended(words)
      expect(result.errors).toMatch(message)
      expect([words, result.code]).toEqual([words, code])
    }),
  )
}, 60_000)

test('help teaches: every option with its variable', async () => {
  const { code, output } = await ended(['start', '--help'])
  expect(code).toBe(0)
  for (const text of ['--data-dir FOLDER', 'GATEHOUSE_DATA_DIR', '--credentials', 'gatehouse.yaml']) {
    expect(output).toContain(text)
  }
}, 60_000)
