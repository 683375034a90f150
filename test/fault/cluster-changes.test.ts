import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { createAwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { startCountingBackend, type CountingBackend } from '../conformance/rest/support/counting-backend.ts'
import { haveMet, startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { askAnew, mock } from '../support/worker-gateway.ts'

// Whatever decides who comes in and what is answered is changed at one node: when that is answered, it is so at the other,
// in both its workers. Docs/operating.md, "What is answered is everywhere".

const OWNER = { accessKeyId: 'test', secretAccessKey: 'test-secret' }
const ACCOUNT = '000000000000'
const REGION = 'us-east-1'

let cluster: Cluster
let here: ClusterNode
let there: ClusterNode
let backend: CountingBackend | undefined
beforeAll(async () => {
  cluster = await startCluster()
  const words = ['--credentials', `${OWNER.accessKeyId}:${OWNER.secretAccessKey}`]
  const nodes = await Promise.all([cluster.start(1, words), cluster.start(2, words)])
  here = nodes[0] as ClusterNode
  there = nodes[1] as ClusterNode
  await haveMet(nodes)
  backend = await startCountingBackend()
}, 600_000)
afterAll(async () => {
  await cluster.stop()
  await backend?.stop()
})

const settings = (node: ClusterNode, credentials: typeof OWNER = OWNER): object => ({
  endpoint: node.url,
  region: REGION,
  credentials,
  maxAttempts: 1,
})
const call = <T = { id: string }>(method: string, path: string, body?: object): Promise<T> =>
  here.caller.call('apigateway', method, path, body) as Promise<T>
const replace = (values: Readonly<Record<string, string>>): object => ({
  patchOperations: Object.entries(values).map(([path, value]) => ({ op: 'replace', path, value })),
})

/** What is asked at the other node, and a change of it at this one. */
interface Subject {
  /** Status, or the body where that says more. */
  readonly ask: () => Promise<unknown>
  readonly change: () => Promise<unknown>
}

interface Change {
  readonly what: string
  readonly make: () => Promise<Subject>
  readonly before: unknown
  readonly after: unknown
  /** Not at once: docs/authorizers.md says when. */
  readonly isLate?: boolean
}

async function deploy(operation: object, more: object = {}): Promise<string> {
  const { id } = await call('POST', '/restapis?mode=import', {
    openapi: '3.0.1',
    info: { title: 'changes', version: '1' },
    paths: { '/': { get: { responses: { 200: { description: 'ok' } }, ...operation } } },
    ...more,
  })
  await call('POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  return id
}

const answering = { 'x-amazon-apigateway-integration': mock('in') }
const proxied = (): object => ({
  'x-amazon-apigateway-integration': { type: 'http_proxy', httpMethod: 'GET', uri: `${backend?.url}/` },
})
const guardedBy = (scheme: object): object => ({ components: { securitySchemes: { guard: scheme } } })
const guarded = { security: [{ guard: [] }], ...answering }

const status = async (apiId: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  (await askAnew(there.urlOf(apiId), headers)).status

/** Somebody with an access key, who may call APIs. */
async function signer(): Promise<Omit<Subject, 'change'> & { iam: IAMClient; user: string; keyId: string }> {
  const apiId = await deploy(
    { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' }, ...guarded },
    guardedBy({
      type: 'apiKey',
      name: 'Authorization',
      in: 'header',
      'x-amazon-apigateway-authtype': 'awsSigv4',
    }),
  )
  const iam = new IAMClient(settings(here))
  const user = `user-${apiId}`
  await iam.send(new CreateUserCommand({ UserName: user }))
  await iam.send(new PutUserPolicyCommand({ UserName: user, PolicyName: 'p', PolicyDocument: MAY_INVOKE }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: user }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId as string,
    secretAccessKey: AccessKey?.SecretAccessKey as string,
  }
  return {
    iam,
    user,
    keyId: credentials.accessKeyId,
    async ask() {
      // A connection of its own each time: either worker is met.
      const signing = createAwsCaller({ endpoint: there.url, region: REGION, credentials })
      const path = new URL(there.urlOf(apiId)).pathname
      return signing.call('execute-api', 'GET', path).then(
        () => 200,
        (error: unknown) => (error instanceof AwsError ? error.status : error),
      )
    },
  }
}

const MAY_INVOKE = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' },
})

/** Somebody with an API key in a usage plan. */
async function metered(
  plan: object = {},
): Promise<Omit<Subject, 'change'> & { planId: string; keyId: string }> {
  const apiId = await deploy(guarded, guardedBy({ type: 'apiKey', name: 'x-api-key', in: 'header' }))
  const value = `the-value-of-the-key-of-${apiId}`
  const apiStages = [{ apiId, stage: 'dev' }]
  const { id: planId } = await call('POST', '/usageplans', { name: 'plan', apiStages, ...plan })
  const { id: keyId } = await call('POST', '/apikeys', { name: 'key', value, enabled: true })
  await call('POST', `/usageplans/${planId}/keys`, { keyId, keyType: 'API_KEY' })
  return { planId, keyId, ask: () => status(apiId, { 'x-api-key': value }) }
}

/** Whether what is given after a change was given before it; processes that are asked at once may each keep their own. */
function keeping(ask: () => Promise<string>, change: () => Promise<unknown>): Subject {
  const before = new Set<string>()
  let isChanged = false
  return {
    async ask() {
      const answer = await ask()
      if (!isChanged) before.add(answer)
      return before.has(answer) ? 'an answer of before' : 'a new one'
    },
    async change() {
      // What several keep is not what each request makes.
      expect(before.size).toBeLessThanOrEqual(2)
      await change()
      isChanged = true
    },
  }
}

const changes: readonly Change[] = [
  {
    what: 'a user’s policy',
    async make() {
      const { ask, iam, user } = await signer()
      return {
        ask,
        change: () => iam.send(new DeleteUserPolicyCommand({ UserName: user, PolicyName: 'p' })),
      }
    },
    before: 200,
    after: 403,
  },
  {
    what: 'an access key',
    async make() {
      const { ask, iam, user, keyId } = await signer()
      const inactive = { UserName: user, AccessKeyId: keyId, Status: 'Inactive' } as const
      return { ask, change: () => iam.send(new UpdateAccessKeyCommand(inactive)) }
    },
    before: 200,
    after: 403,
  },
  {
    what: 'an API key',
    async make() {
      const { ask, keyId } = await metered()
      return { ask, change: () => call('PATCH', `/apikeys/${keyId}`, replace({ '/enabled': 'false' })) }
    },
    before: 200,
    after: 403,
  },
  {
    what: 'a key of a usage plan',
    async make() {
      const { ask, keyId, planId } = await metered()
      return { ask, change: () => call('DELETE', `/usageplans/${planId}/keys/${keyId}`) }
    },
    before: 200,
    after: 403,
  },
  {
    what: 'a usage plan’s quota',
    async make() {
      const { ask, planId } = await metered({ quota: { limit: 1000, period: 'MONTH' } })
      return { ask, change: () => call('PATCH', `/usageplans/${planId}`, replace({ '/quota/limit': '1' })) }
    },
    before: 200,
    after: 429,
  },
  {
    what: 'a resource policy',
    async make() {
      const policy = (Effect: string): object => ({
        Version: '2012-10-17',
        Statement: { Effect, Principal: '*', Action: 'execute-api:Invoke', Resource: '*' },
      })
      const apiId = await deploy(answering, { 'x-amazon-apigateway-policy': policy('Allow') })
      return {
        ask: () => status(apiId),
        async change() {
          await call('PATCH', `/restapis/${apiId}`, replace({ '/policy': JSON.stringify(policy('Deny')) }))
          await call('POST', `/restapis/${apiId}/deployments`, { stageName: 'dev' })
        },
      }
    },
    before: 200,
    after: 403,
  },
  {
    what: 'a stage',
    async make() {
      const apiId = await deploy(answering)
      return { ask: () => status(apiId), change: () => call('DELETE', `/restapis/${apiId}/stages/dev`) }
    },
    before: 200,
    after: 403,
  },
  {
    what: 'what a stage keeps',
    async make() {
      const apiId = await deploy(proxied())
      const cached = { '/cacheClusterEnabled': 'true', '/*/*/caching/enabled': 'true' }
      await call('PATCH', `/restapis/${apiId}/stages/dev`, replace(cached))
      return keeping(
        async () => (await askAnew(there.urlOf(apiId))).text(),
        () => call('DELETE', `/restapis/${apiId}/stages/dev/cache/data`),
      )
    },
    before: 'an answer of before',
    after: 'a new one',
  },
  {
    what: 'what an authorizer has answered',
    async make() {
      const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:auth`
      const lambda = new LambdaClient(settings(here))
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: 'auth',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: `arn:aws:iam::${ACCOUNT}:role/r`,
          Code: { ZipFile: zipOf({ 'index.js': AUTHORIZER }) },
        }),
      )
      await lambda.send(
        new AddPermissionCommand({
          FunctionName: 'auth',
          StatementId: 'apis',
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
        }),
      )
      const apiId = await deploy(
        { security: [{ guard: [] }], 'x-amazon-apigateway-integration': mock('$context.authorizer.answer') },
        guardedBy({
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'custom',
          'x-amazon-apigateway-authorizer': {
            type: 'token',
            authorizerUri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
          },
        }),
      )
      const ask = async (): Promise<string> => {
        const answer = await askAnew(there.urlOf(apiId), { Authorization: 'ann' })
        expect(answer.status).toBe(200)
        return answer.text()
      }
      return keeping(ask, () => call('DELETE', `/restapis/${apiId}/stages/dev/cache/authorizers`))
    },
    before: 'an answer of before',
    after: 'a new one',
  },
  {
    what: 'a user pool',
    async make() {
      const pools = new CognitoIdentityProviderClient(settings(here))
      const { UserPool } = await pools.send(new CreateUserPoolCommand({ PoolName: 'users' }))
      const UserPoolId = UserPool?.Id as string
      const ExplicitAuthFlows = [
        'ALLOW_ADMIN_USER_PASSWORD_AUTH' as const,
        'ALLOW_REFRESH_TOKEN_AUTH' as const,
      ]
      const { UserPoolClient } = await pools.send(
        new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'client', ExplicitAuthFlows }),
      )
      const ClientId = UserPoolClient?.ClientId as string
      const user = { UserPoolId, Username: 'ann' }
      await pools.send(new AdminCreateUserCommand(user))
      const Password = 'Long-enough-1'
      await pools.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }))
      // Tokens name the node that has signed them: here they have addresses of their own.
      const signingIn = new CognitoIdentityProviderClient(settings(there))
      const { AuthenticationResult } = await signingIn.send(
        new AdminInitiateAuthCommand({
          UserPoolId,
          ClientId,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: 'ann', PASSWORD: Password },
        }),
      )
      const apiId = await deploy(
        guarded,
        guardedBy({
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authtype': 'cognito_user_pools',
          'x-amazon-apigateway-authorizer': {
            type: 'cognito_user_pools',
            providerARNs: [UserPool?.Arn],
            authorizerResultTtlInSeconds: 0,
          },
        }),
      )
      return {
        ask: () => status(apiId, { Authorization: AuthenticationResult?.IdToken as string }),
        change: () => pools.send(new DeleteUserPoolCommand({ UserPoolId })),
      }
    },
    before: 200,
    after: 401,
    isLate: true,
  },
]

/** Each answer has a name of its own, so that one that was kept is known again. */
const AUTHORIZER = `
const { randomUUID } = require('node:crypto')
exports.handler = async ({ methodArn }) => ({
  principalId: 'ann',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
  },
  context: { answer: randomUUID() },
})`

/** Several times: either worker may answer. */
async function askOften({ ask }: Subject): Promise<unknown[]> {
  const answers: unknown[] = []
  for (let i = 0; i < 6; i++) answers.push(await ask())
  return answers
}

for (const { what, make, before, after, isLate } of changes) {
  test(`${what} that is changed at one node is so at the other`, async () => {
    const subject = await make()
    expect(new Set(await askOften(subject))).toEqual(new Set([before]))
    await subject.change()
    if (isLate) while ((await askOften(subject)).some((answer) => answer !== after)) await Bun.sleep(50)
    expect(new Set(await askOften(subject))).toEqual(new Set([after]))
  }, 60_000)
}
