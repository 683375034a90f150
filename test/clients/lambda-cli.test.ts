import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zip } from '#base/zip.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { installedAwsClis, runAwsCli } from './support/aws-cli.ts'

// Functions from creation to deletion, and who the caller is, with every AWS CLI of this machine.

const clis = installedAwsClis()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-lambda-cli-'))
let gateway: GatewayProcess

beforeAll(async () => {
  for (const version of ['one', 'two']) {
    const code = `exports.hello = async (event) => ({ version: '${version}', name: event.name })`
    const archive = zip([{ name: 'index.js', bytes: Buffer.from(code), mode: 0o644 }])
    writeFileSync(join(folder, `${version}.zip`), archive)
  }
  // The CLI itself looks at the directory of an archive: only the content is damaged.
  const damaged = Buffer.from(readFileSync(join(folder, 'one.zip')))
  damaged.writeUInt8(damaged.readUInt8(60) ^ 1, 60)
  writeFileSync(join(folder, 'damaged.zip'), damaged)
  gateway = await startGatewayProcess()
}, 60_000)

afterAll(async () => {
  try {
    await gateway.stop()
  } finally {
    await endGateways()
    rmSync(folder, { recursive: true, force: true })
  }
})

if (clis.length === 0) console.warn('no AWS CLI found: the commands of Lambda and STS are not tried with one')

for (const [index, cli] of clis.entries()) {
  test.concurrent(`lambda and sts with ${cli.version.split(' ')[0]}`, async () => {
    const name = `hello-${index}`
    const arn = `arn:aws:lambda:us-east-1:111111111111:function:${name}`
    const run = async (...args: string[]): Promise<unknown> => {
      const { exitCode, output, error } = await runAwsCli(cli, gateway.url, args)
      expect([args[1], exitCode, error.trim()]).toEqual([args[1], 0, ''])
      return output
    }
    const refused = async (...args: string[]): Promise<string> => {
      const { exitCode, error } = await runAwsCli(cli, gateway.url, args)
      expect(exitCode).not.toBe(0)
      return error
    }
    const invoke = async (): Promise<unknown> => {
      const answer = join(folder, `answer-${index}.json`)
      const payload = cli.version.startsWith('aws-cli/2')
        ? ['--cli-binary-format', 'raw-in-base64-out', '--payload', '{"name":"x"}']
        : ['--payload', '{"name":"x"}']
      const output = await run('lambda', 'invoke', '--function-name', name, ...payload, answer)
      expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
      return JSON.parse(readFileSync(answer, 'utf8'))
    }
    const creation = (file: string): string[] => {
      const role = 'arn:aws:iam::111111111111:role/any'
      const code = `fileb://${join(folder, file)}`
      const command = `lambda create-function --function-name ${name} --runtime nodejs20.x --handler index.hello`
      return [...command.split(' '), '--role', role, '--zip-file', code]
    }

    expect(await run('sts', 'get-caller-identity')).toMatchObject({ Account: '111111111111' })
    expect(await refused(...creation('damaged.zip'))).toMatch(
      /InvalidParameterValueException.*Could not unzip/s,
    )
    expect(await run(...creation('one.zip'))).toMatchObject({
      FunctionArn: arn,
      Runtime: 'nodejs20.x',
      Handler: 'index.hello',
      Timeout: 3,
      MemorySize: 128,
      Version: '$LATEST',
    })
    expect(await refused(...creation('one.zip'))).toContain('ResourceConflictException')
    expect(await invoke()).toEqual({ version: 'one', name: 'x' })

    const code = `fileb://${join(folder, 'two.zip')}`
    await run('lambda', 'update-function-code', '--function-name', name, '--zip-file', code)
    expect(await invoke()).toEqual({ version: 'two', name: 'x' })

    const permission = ['--statement-id', 'apis', '--action', 'lambda:InvokeFunction']
    permission.push('--principal', 'apigateway.amazonaws.com')
    await run('lambda', 'add-permission', '--function-name', name, ...permission)
    const { Policy } = (await run('lambda', 'get-policy', '--function-name', name)) as { Policy: string }
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        {
          Sid: 'apis',
          Effect: 'Allow',
          Principal: { Service: 'apigateway.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: arn,
        },
      ],
    })

    const found = await run('lambda', 'get-function', '--function-name', name)
    expect(found).toMatchObject({ Configuration: { FunctionArn: arn, State: 'Active' } })
    const { Functions } = (await run('lambda', 'list-functions')) as { Functions: { FunctionName: string }[] }
    expect(Functions.map(({ FunctionName }) => FunctionName)).toContain(name)

    await run('lambda', 'delete-function', '--function-name', name)
    expect(await refused('lambda', 'get-function', '--function-name', name)).toContain(
      'ResourceNotFoundException',
    )
  }, 600_000)
}
