import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listLogs } from '#server/logs/list-logs.ts'
import { endGateways, runGatehouse } from '../support/gateway-process.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

const UNREACHABLE = { type: 'http_proxy', httpMethod: 'GET', uri: 'http://127.0.0.1:1/' }

let dataDir: string

async function newDataDir(): Promise<void> {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-e2e-logs-'))
}

async function removeDataDir(): Promise<void> {
  await endGateways()
  await rm(dataDir, { recursive: true, force: true })
}

/** All lines of the logs whose names begin so, oldest first. */
async function linesOf(log: string): Promise<string[]> {
  const files = (await listLogs(join(dataDir, 'logs'))).filter((file) => file.log.startsWith(log))
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')))
  return texts.join('').split('\n').slice(0, -1)
}

const idOf = (answer: Response): string => answer.headers.get('x-amzn-requestid') ?? ''

/** Asks so often, each on a connection of its own. @returns the ids of the requests that were answered */
async function ask(url: string, count: number): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => askAnew(url).catch(() => undefined)))
  return answers.filter((answer) => answer !== undefined).map(idOf)
}

const idsIn = (lines: readonly string[]): string[] => lines.map((line) => line.slice(-36)).sort()

describe('lines of access logs', () => {
  beforeEach(newDataDir)
  afterEach(removeDataDir)

  for (const workers of [1, 2]) {
    test(`with ${workers} worker(s) none is lost by a new plan, a reset, rotation and the end`, async () => {
      const gateway = await startWorkerGateway(workers, [
        '--data-dir',
        dataDir,
        '--access-log-format',
        'clf',
        '--log-file-bytes',
        '1024',
      ])
      const first = await gateway.deploy(mock('a'))
      const ids = await ask(gateway.urlOf(first), 40)
      await gateway.deploy(mock('b'), first)
      ids.push(...(await ask(gateway.urlOf(first), 40)))
      expect((await fetch(`${gateway.url}/_gatehouse/reset`, { method: 'POST' })).status).toBe(200)
      ids.push(...(await ask(gateway.urlOf(await gateway.deploy(mock('c'))), 10)))
      expect(await gateway.stop()).toBe(0)
      const lines = await linesOf('API-Gateway-Access-Logs_')
      expect(idsIn(lines)).toEqual(ids.sort())
      for (const line of lines)
        expect(line).toMatch(/^127\.0\.0\.1 - - \[.+\] "GET \/ HTTP\/1\.1" 200 1 \S+$/)
    }, 60_000)
  }

  test('of a worker that is told to end are there', async () => {
    const gateway = await startWorkerGateway(2, ['--data-dir', dataDir, '--access-log-format', 'clf'])
    const url = gateway.urlOf(await gateway.deploy(mock('a')))
    const ids = await ask(url, 20)
    await gateway.haveServed(2)
    process.kill(gateway.workerPids()[0] as number, 'SIGTERM')
    await gateway.haveServed(3)
    ids.push(...(await ask(url, 20)))
    expect(await gateway.stop()).toBe(0)
    expect(idsIn(await linesOf('API-Gateway-Access-Logs_'))).toEqual(ids.sort())
  }, 60_000)

  test('of all workers go to standard output, in memory too', async () => {
    const gateway = await startWorkerGateway(2, [
      '--access-log',
      '-',
      '--access-log-format',
      '{"id":"$context.requestId"}',
    ])
    const ids = await ask(gateway.urlOf(await gateway.deploy(mock('a'))), 30)
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended()).toBe(0)
    const shown = gateway
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{"id"'))
    expect(shown.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual(ids.sort())
  }, 60_000)

  test('go to the log group that the stage names', async () => {
    const gateway = await startWorkerGateway(1, ['--data-dir', dataDir])
    const apiId = await gateway.deploy(mock('a'))
    const set = (path: string, value: string): object => ({
      op: 'replace',
      path: `/accessLogSettings/${path}`,
      value,
    })
    await gateway.caller.call('apigateway', 'PATCH', `/restapis/${apiId}/stages/dev`, {
      patchOperations: [
        set('destinationArn', 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/shop:*'),
        set('format', '$context.requestId $context.status'),
      ],
    })
    const [id] = await ask(gateway.urlOf(apiId), 1)
    await gateway.stop()
    expect(await readFile(join(dataDir, 'logs', 'aws', 'shop.log'), 'utf8')).toBe(`${id} 200\n`)
  }, 60_000)

  test('that cannot be written are counted, and the gateway says so', async () => {
    await Bun.write(join(dataDir, 'logs'), 'in the way')
    const gateway = await startWorkerGateway(2, ['--data-dir', dataDir, '--access-log-format', 'clf'])
    expect((await ask(gateway.urlOf(await gateway.deploy(mock('a'))), 5)).length).toBe(5)
    const health = (await (await fetch(`${gateway.url}/_gatehouse/health`)).json()) as {
      lostLogLines: number
    }
    // They wait for the disk to be mended.
    expect(health.lostLogLines).toBe(0)
    expect(await gateway.stop()).toBe(0)
    expect(gateway.errors()).toContain('lines of a log are lost')
  }, 60_000)
})

describe('gatehouse logs', () => {
  let gateway: WorkerGateway
  let apiId: string
  let failed: string

  beforeAll(async () => {
    await newDataDir()
    gateway = await startWorkerGateway(2, ['--data-dir', dataDir, '--access-log-format', 'clf'])
    apiId = await gateway.deploy(UNREACHABLE)
    failed = idOf(await askAnew(gateway.urlOf(apiId)))
    await ask(gateway.urlOf(apiId), 3)
    const written = async (): Promise<number> => (await linesOf('API-Gateway-')).length
    while ((await written()) < 4 * 6) await Bun.sleep(5)
  })
  afterAll(removeDataDir)

  /** Runs the command. */
  async function logs(...words: string[]): Promise<{ code: number; lines: string[]; errors: string }> {
    const command = runGatehouse(['logs', '--data-dir', dataDir, ...words])
    const code = await command.ended()
    return { code, lines: command.output().split('\n').filter(Boolean), errors: command.errors() }
  }

  test('lists what there is', async () => {
    const { lines } = await logs()
    expect(lines.map((line) => line.split(/\s+/).at(-1))).toEqual([
      `API-Gateway-Access-Logs_${apiId}/dev`,
      `API-Gateway-Execution-Logs_${apiId}/dev`,
    ])
  })

  test('says why a request got a 500', async () => {
    const { code, lines } = await logs('--request', failed)
    expect(code).toBe(0)
    expect(lines.find((line) => line.includes('" 500 '))).toContain(failed)
    expect(lines).toContainEqual(
      expect.stringContaining('Execution failed due to configuration error: Invalid endpoint address'),
    )
    expect(lines.filter((line) => !line.startsWith('── ')).every((line) => line.includes(failed))).toBe(true)
  })

  test('shows the logs of an API and of a stage, the last lines of them', async () => {
    expect((await logs(apiId)).lines.filter((line) => line.startsWith('── ')).length).toBe(2)
    expect((await logs(apiId, 'dev')).lines.length).toBe(2 + 4 + 4 * 5)
    expect((await logs(apiId, 'dev', '--lines', '2')).lines.length).toBe(2 + 2 + 2)
    expect((await logs(`API-Gateway-Access-Logs_${apiId}/dev`)).lines.length).toBe(1 + 4)
  })

  test('says what there is not', async () => {
    expect(await logs('none')).toMatchObject({ code: 1, errors: expect.stringContaining('no log of none') })
    expect(await logs('--request', 'none')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('nothing is known'),
    })
    expect((await logs('a', 'b', 'c')).code).toBe(2)
    const memory = runGatehouse(['logs', '--data-dir', ':memory:'])
    expect(await memory.ended()).toBe(2)
    expect(memory.errors()).toContain('keeps no logs')
  })

  test('follows', async () => {
    const command = runGatehouse(['logs', apiId, '--data-dir', dataDir, '--follow', '--lines', '1'])
    await command.printed(/Method completed/)
    const id = idOf(await askAnew(gateway.urlOf(apiId)))
    await command.printed(new RegExp(`\\(${id}\\) Method completed`))
    expect(await command.stop()).toBe(0)
  }, 60_000)
})
