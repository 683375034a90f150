import { APIGatewayClient, CreateRestApiCommand, GetRestApisCommand } from '@aws-sdk/client-api-gateway'
import * as iam from '@aws-sdk/client-iam'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, afterEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse, startGatewayProcess } from '../support/gateway-process.ts'

// Who may use the control plane of a gateway with credentials, and what is kept of them.

const ROOT = { accessKeyId: 'OWNER', secretAccessKey: 'a secret of the owner'.replaceAll(' ', '-') }
const ACCOUNT = '111122223333'
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-identities-'))

afterEach(endGateways)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Keys = typeof ROOT

function settings(endpoint: string, credentials: Keys) {
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
}

async function newUser(root: iam.IAMClient, UserName: string, PolicyArn: string): Promise<Keys> {
  await root.send(new iam.CreateUserCommand({ UserName }))
  await root.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn }))
  const { AccessKey } = await root.send(new iam.CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

async function refusal(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'answered',
    (error: Error) => `${error.name}: ${error.message}`,
  )
}

test('users may use the control plane as their policies say, also after a restart', async () => {
  const dataDir = join(folder, 'data')
  const words = [
    '--data-dir',
    dataDir,
    '--account-id',
    ACCOUNT,
    '--credentials',
    `${ROOT.accessKeyId}:${ROOT.secretAccessKey}`,
  ]
  let gateway = await startGatewayProcess({ arguments: words })
  const root = new iam.IAMClient(settings(gateway.url, ROOT))
  const keys = await newUser(root, 'dev', 'arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator')
  const dev = settings(gateway.url, keys)
  await new APIGatewayClient(dev).send(new CreateRestApiCommand({ name: 'pets' }))
  const user = `arn:aws:iam::${ACCOUNT}:user/dev`
  expect(await refusal(new LambdaClient(dev).send(new ListFunctionsCommand({})))).toBe(
    `AccessDeniedException: User: ${user} is not authorized to perform: lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action`,
  )
  expect(await refusal(new iam.IAMClient(dev).send(new iam.CreateUserCommand({ UserName: 'x' })))).toBe(
    `AccessDenied: User: ${user} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${ACCOUNT}:user/x because no identity-based policy allows the iam:CreateUser action`,
  )
  await gateway.stop()

  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dataDir, 'gatehouse.db')).includes(keys.secretAccessKey)).toBe(false)
  gateway = await startGatewayProcess({ arguments: words })
  const again = settings(gateway.url, keys)
  expect((await new STSClient(again).send(new GetCallerIdentityCommand({}))).Arn).toBe(user)
  const { items } = await new APIGatewayClient(again).send(new GetRestApisCommand({}))
  expect(items?.map(({ name }) => name)).toEqual(['pets'])
  await gateway.stop()

  // Another key opens none of it: those access keys are nobody's.
  const keyFile = join(folder, 'other.key')
  writeFileSync(keyFile, `${'ab'.repeat(32)}\n`)
  chmodSync(keyFile, 0o600)
  gateway = await startGatewayProcess({ arguments: [...words, '--secret-key-file', keyFile] })
  const lost = new STSClient(settings(gateway.url, keys))
  expect(await refusal(lost.send(new GetCallerIdentityCommand({})))).toContain('InvalidClientTokenId')
  await gateway.stop()
  await gateway.ended()
  expect(gateway.errors() + gateway.output()).toContain('make another one')
}, 30_000)

test('without credentials users are who they are, and nobody is refused', async () => {
  const gateway = await startGatewayProcess()
  const anybody = settings(gateway.url, { accessKeyId: 'test', secretAccessKey: 'test' })
  const keys = await newUser(new iam.IAMClient(anybody), 'dev', 'arn:aws:iam::aws:policy/IAMReadOnlyAccess')
  const dev = settings(gateway.url, keys)
  const { Arn } = await new STSClient(dev).send(new GetCallerIdentityCommand({}))
  expect(Arn).toBe('arn:aws:iam::000000000000:user/dev')
  await new LambdaClient(dev).send(new ListFunctionsCommand({}))
  const forged = settings(gateway.url, { ...keys, secretAccessKey: 'guessed' })
  expect(await refusal(new STSClient(forged).send(new GetCallerIdentityCommand({})))).toContain(
    'SignatureDoesNotMatch',
  )
  await gateway.stop()
}, 20_000)

test('a key file that holds none is told by its name alone', async () => {
  const file = join(folder, 'short.key')
  writeFileSync(file, 'c2VjcmV0')
  const start = runGatehouse(['start', '--port', '0', '--data-dir', ':memory:', '--secret-key-file', file])
  expect(await start.ended()).not.toBe(0)
  const told = start.errors() + start.output()
  expect(told).toContain('expected 32 bytes in Base64 or hexadecimal')
  expect(told).not.toContain('c2VjcmV0')
}, 20_000)
