import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createServer, type Server } from 'node:http'
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { zip } from '#base/zip.ts'
import { haveMet, startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { askAnew, mock } from '../support/worker-gateway.ts'

// Whole gateways on addresses of their own, one database, one Redis: what holds for all of them together.

let cluster: Cluster
let backend: Server | undefined
beforeEach(async () => {
  cluster = await startCluster()
}, 600_000)
afterEach(async () => {
  backend?.closeAllConnections()
  backend?.close()
  backend = undefined
  await cluster.stop()
})

const text = async (node: ClusterNode, apiId: string): Promise<string> =>
  (await askAnew(node.urlOf(apiId))).text()

test('a call that is answered has been heard by every node and each of its workers', async () => {
  const [one, other] = await Promise.all([cluster.start(1), cluster.start(2)])
  await haveMet([one, other])
  let apiId: string | undefined
  for (let i = 0; i < 10; i++) {
    const [asked, another] = i % 2 === 0 ? [one, other] : [other, one]
    apiId = await asked.deploy(mock(`deployment ${i}`), apiId)
    // Several times: any of its workers may answer.
    for (let j = 0; j < 4; j++) expect(await text(another, apiId)).toBe(`deployment ${i}`)
  }
}, 60_000)

test('nodes that are killed, hang or are cut off hold calls up for no longer than they count as alive', async () => {
  const nodes = await Promise.all([1, 2, 3, 4].map(() => cluster.start(1)))
  await haveMet(nodes)
  const [one, killed, hanging, cutOff] = nodes as [ClusterNode, ClusterNode, ClusterNode, ClusterNode]
  const apiId = await one.deploy(mock('before'))
  await killed.kill()
  hanging.child.kill('SIGSTOP')
  cutOff.database.refuse()
  const startMs = performance.now()
  await one.deploy(mock('after'), apiId)
  expect(performance.now() - startMs).toBeLessThan(10_000)
  expect([await text(one, apiId), await text(cutOff, apiId)]).toEqual(['after', 'before'])
  hanging.child.kill('SIGCONT')
  cutOff.database.accept()
  // They make up for it.
  for (const node of [hanging, cutOff]) while ((await text(node, apiId)) !== 'after') await Bun.sleep(10)
}, 60_000)

test('functions and users made, and changed, at one node are there at the others at once', async () => {
  const nodes = await Promise.all([cluster.start(1), cluster.start(2)])
  await haveMet(nodes)
  const [one, other] = nodes as [ClusterNode, ClusterNode]
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const at = ({ url }: ClusterNode): object => ({ endpoint: url, region: 'us-east-1', credentials })
  const [lambda, otherLambda] = [new LambdaClient(at(one)), new LambdaClient(at(other))]
  const code = (answer: string): Uint8Array =>
    zip([
      {
        name: 'index.mjs',
        mode: 0o644,
        bytes: Buffer.from(`export const handler = async () => '${answer}'`),
      },
    ])
  const invoked = async (client: LambdaClient): Promise<string> => {
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'f' }))
    return Buffer.from(Payload ?? []).toString()
  }
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'f',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/f',
      Code: { ZipFile: code('first') },
    }),
  )
  expect(await invoked(otherLambda)).toBe('"first"')
  await otherLambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile: code('second') }))
  expect([await invoked(lambda), await invoked(otherLambda)]).toEqual(['"second"', '"second"'])

  const [pools, otherPools] = [one, other].map((node) => new CognitoIdentityProviderClient(at(node))) as [
    CognitoIdentityProviderClient,
    CognitoIdentityProviderClient,
  ]
  const { UserPool } = await pools.send(new CreateUserPoolCommand({ PoolName: 'pool' }))
  const UserPoolId = UserPool?.Id as string
  const { UserPoolClient } = await otherPools.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'client',
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  )
  const ClientId = UserPoolClient?.ClientId as string
  const user = { UserPoolId, Username: 'ann' }
  await pools.send(new AdminCreateUserCommand(user))
  const password = 'Long-enough-1'
  await otherPools.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }))
  const signedIn = await pools.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ann', PASSWORD: password },
    }),
  )
  const refreshed = await otherPools.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: signedIn.AuthenticationResult?.RefreshToken as string },
    }),
  )
  expect(refreshed.AuthenticationResult?.AccessToken).toBeString()
}, 60_000)

test('nodes that join and leave cost no client a request', async () => {
  // Each request is under way for a while.
  backend = createServer((_request, response) => void setTimeout(() => response.end('ok'), 20))
  await new Promise<void>((resolve) => backend?.listen(0, '127.0.0.1', resolve))
  const uri = `http://127.0.0.1:${(backend.address() as { port: number }).port}/`
  const words = ['--drain-delay', '300']
  const first = await Promise.all([cluster.start(1, words), cluster.start(2, words)])
  const apiId = await (first[0] as ClusterNode).deploy({ type: 'http_proxy', httpMethod: 'GET', uri })

  // A load balancer: asks who is ready every 50 ms, keeps connections, sends nothing twice.
  let known: readonly ClusterNode[] = first
  let ready: readonly ClusterNode[] = first
  const isReady = async (node: ClusterNode): Promise<boolean> => {
    const answer = await askAnew(`${node.url}/_gatehouse/ready`).catch(() => undefined)
    return answer?.status === 200
  }
  let isOver = false
  const balancer = (async () => {
    while (!isOver) {
      const states = await Promise.all(known.map(isReady))
      ready = known.filter((_, i) => states[i])
      await Bun.sleep(50)
    }
  })()
  const answers: Record<string, number> = {}
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let i = client; !isOver; i++) {
      const node = ready[i % ready.length] as ClusterNode
      const answer = await fetch(node.urlOf(apiId)).then(
        (response) => response.text(),
        (error: Error) => `error: ${error.message}`,
      )
      answers[answer] = (answers[answer] ?? 0) + 1
    }
  })
  // Every node is replaced by another, one after the other.
  for (const leaving of first) {
    const joining = await cluster.start(2, words)
    known = [...known, joining]
    while (!ready.includes(joining)) await Bun.sleep(10)
    expect(await leaving.stop()).toBe(0)
    known = known.filter((node) => node !== leaving)
  }
  isOver = true
  await Promise.all([balancer, ...clients])
  expect(Object.keys(answers)).toEqual(['ok'])
  expect(answers.ok).toBeGreaterThan(50)
}, 60_000)

test('health tells of the database, of Redis and of the other nodes; a node stays ready without either', async () => {
  const [one, other] = (await Promise.all([cluster.start(1), cluster.start(2)])) as [ClusterNode, ClusterNode]
  await haveMet([one, other])
  const health = async (node: ClusterNode): Promise<Record<string, unknown>> => {
    const { store, state } = (await (await askAnew(`${node.url}/_gatehouse/health`)).json()) as Record<
      string,
      unknown
    >
    return { store, state }
  }
  const expected = async (node: ClusterNode, wanted: object): Promise<void> => {
    while (!Bun.deepEquals(await health(node), wanted)) await Bun.sleep(20)
  }
  const well = { store: { status: 'ok', gateways: 2 }, state: { status: 'ok', nodes: 2 } }
  await Promise.all([expected(one, well), expected(other, well)])
  one.database.refuse()
  other.redisProxy.cut()
  await expected(one, { ...well, store: { status: 'away', gateways: 2 } })
  await expected(other, { ...well, state: { status: 'away', nodes: 2 } })
  for (const node of [one, other]) {
    expect((await askAnew(`${node.url}/_gatehouse/ready`)).status).toBe(200)
    expect((await askAnew(`${node.url}/_gatehouse/live`)).status).toBe(200)
  }
}, 60_000)
