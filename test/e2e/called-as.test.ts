import {
  APIGatewayClient,
  CreateDeploymentCommand,
  GetResourcesCommand,
  ImportRestApiCommand,
  TestInvokeMethodCommand,
} from '@aws-sdk/client-api-gateway'
import * as iam from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { sign, type SigningKeys } from '#aws/sigv4.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { Headers } from '#http/headers.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// In whose name a method's function is invoked, where the house knows who may do what: roles and callers, two workers.

const ROOT = { accessKeyId: 'OWNER', secretAccessKey: 'a-secret-of-the-owner' }
const region = 'us-east-1'
const ACCOUNT = '111122223333'
const FUNCTION = `arn:aws:lambda:${region}:${ACCOUNT}:function:hello`
const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`
const policy = (action: string, resource: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  })
const trust = (Service: string, Condition = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', Condition }],
  })
const INVOKE = policy('lambda:InvokeFunction', FUNCTION)
const GATEWAY = 'apigateway.amazonaws.com'

interface RoleRow {
  readonly name: string
  /** Undefined: there is no such role. */
  readonly trust?: string
  readonly may?: string
  /** What follows in the execution log on `Execution failed due to configuration error: `; undefined: it is invoked. */
  readonly refusal?: string
}

const NOT_ASSUMED = 'API Gateway does not have permission to assume the provided role: '
const POWERLESS = `Invalid permissions on Lambda function: User: arn:aws:sts::${ACCOUNT}:assumed-role`
const rows: readonly RoleRow[] = [
  { name: 'right', trust: trust(GATEWAY), may: INVOKE },
  {
    name: 'ofThisApi',
    trust: trust(GATEWAY, { StringEquals: { 'aws:SourceAccount': ACCOUNT } }),
    may: INVOKE,
  },
  {
    name: 'ofOthers',
    trust: trust(GATEWAY, { StringEquals: { 'aws:SourceAccount': '999999999999' } }),
    may: INVOKE,
    refusal: `${NOT_ASSUMED}${roleArn('ofOthers')}: its trust policy does not let ${GATEWAY} in`,
  },
  {
    name: 'untrusting',
    trust: trust('lambda.amazonaws.com'),
    may: INVOKE,
    refusal: `${NOT_ASSUMED}${roleArn('untrusting')}: its trust policy does not let ${GATEWAY} in`,
  },
  {
    name: 'powerless',
    trust: trust(GATEWAY),
    refusal: `${POWERLESS}/powerless/BackplaneAssumeRoleSession is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} because no identity-based policy allows the lambda:InvokeFunction action`,
  },
  {
    name: 'ofAnother',
    trust: trust(GATEWAY),
    may: policy('lambda:InvokeFunction', `${FUNCTION}-other`),
    refusal: `${POWERLESS}/ofAnother/BackplaneAssumeRoleSession is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} because no identity-based policy allows the lambda:InvokeFunction action`,
  },
  { name: 'nobody', refusal: `${NOT_ASSUMED}${roleArn('nobody')}: there is no such role` },
]

let gateway: GatewayProcess
let apiGateway: APIGatewayClient
let users: iam.IAMClient
let restApiId: string

beforeAll(async () => {
  const credentials = `${ROOT.accessKeyId}:${ROOT.secretAccessKey}`
  const words = ['--workers', '2', '--account-id', ACCOUNT, '--credentials', credentials]
  gateway = await startGatewayProcess({ arguments: words })
  const settings = { endpoint: gateway.url, region, credentials: ROOT, maxAttempts: 1 }
  apiGateway = new APIGatewayClient(settings)
  users = new iam.IAMClient(settings)
  const lambda = new LambdaClient(settings)
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'hello',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: roleArn('lambda'),
      Code: {
        ZipFile: zipOf({ 'index.js': 'exports.handler = async () => ({ statusCode: 200, body: "hello" })' }),
      },
    }),
  )
  lambda.destroy()
  for (const { name, trust: document, may } of rows) {
    if (document === undefined) continue
    await users.send(new iam.CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document }))
    if (may !== undefined) await give(name, may)
  }
  const body = Buffer.from(JSON.stringify(api()))
  restApiId = (await apiGateway.send(new ImportRestApiCommand({ body }))).id as string
  await apiGateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
}, 60_000)

afterAll(async () => {
  apiGateway.destroy()
  users.destroy()
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})

const give = (RoleName: string, PolicyDocument: string): Promise<unknown> =>
  users.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }))

function api(): object {
  const lambda = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`
  const method = (credentials: string, more = {}): object => ({
    get: {
      responses: {},
      'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: lambda, credentials },
      ...more,
    },
  })
  return {
    openapi: '3.0.1',
    info: { title: 'called as', version: '1' },
    paths: {
      ...Object.fromEntries(rows.map(({ name }) => [`/${name}`, method(roleArn(name))])),
      '/as-caller': method('arn:aws:iam::*:user/*', { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } }),
      '/as-stranger': method('arn:aws:iam::*:user/*'),
    },
  }
}

function get(path: string, keys?: SigningKeys): Promise<Response> {
  const host = `${restApiId}.execute-api.${region}.localhost`
  const target = `/dev/${path}`
  const headers = new Headers(['Host', host])
  if (keys !== undefined) {
    const request = { method: 'GET', target, headers, body: new Uint8Array(0) }
    sign(request, keys, { region, service: 'execute-api' }, Date.now())
  }
  return fetch(`${gateway.url}${target}`, { headers: [...headers] as [string, string][] })
}

const BROKEN = [500, '{"message": "Internal server error"}']
const told = async (answer: Response): Promise<unknown> => [answer.status, await answer.text()]

async function logOf(path: string): Promise<string> {
  const { items } = await apiGateway.send(new GetResourcesCommand({ restApiId, limit: 100 }))
  const resourceId = items?.find((resource) => resource.path === `/${path}`)?.id
  const found = await apiGateway.send(
    new TestInvokeMethodCommand({ restApiId, resourceId, httpMethod: 'GET' }),
  )
  return found.log ?? ''
}

describe('a function is invoked as a role', () => {
  for (const { name, refusal } of rows) {
    test(`${name}: ${refusal === undefined ? 'answers' : 'refused'}`, async () => {
      expect(await told(await get(name))).toEqual(refusal === undefined ? [200, 'hello'] : BROKEN)
      if (refusal !== undefined)
        expect(await logOf(name)).toContain(`Execution failed due to configuration error: ${refusal}\n`)
    })
  }

  test('from the moment that it may to the moment that it may not', async () => {
    await give('powerless', INVOKE)
    expect(await told(await get('powerless'))).toEqual([200, 'hello'])
    await users.send(new iam.DeleteRolePolicyCommand({ RoleName: 'powerless', PolicyName: 'p' }))
    expect(await told(await get('powerless'))).toEqual(BROKEN)
    const RoleName = 'untrusting'
    const PolicyDocument = trust(GATEWAY)
    await users.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    expect(await told(await get(RoleName))).toEqual([200, 'hello'])
  })
})

describe('a function is invoked as the caller', () => {
  async function newUser(UserName: string, ...documents: string[]): Promise<SigningKeys> {
    await users.send(new iam.CreateUserCommand({ UserName }))
    for (const [at, PolicyDocument] of documents.entries())
      await users.send(new iam.PutUserPolicyCommand({ UserName, PolicyName: `p${at}`, PolicyDocument }))
    const { AccessKey } = await users.send(new iam.CreateAccessKeyCommand({ UserName }))
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  }
  const ENTER = policy('execute-api:Invoke', '*')

  test('who may do both is answered', async () => {
    expect(await told(await get('as-caller', await newUser('both', ENTER, INVOKE)))).toEqual([200, 'hello'])
    expect(await told(await get('as-caller', ROOT))).toEqual([200, 'hello'])
  })
  test('who may come in alone gets no further', async () => {
    expect(await told(await get('as-caller', await newUser('guest', ENTER)))).toEqual(BROKEN)
  })
  test('who may invoke the function alone does not come in', async () => {
    expect((await get('as-caller', await newUser('outside', INVOKE))).status).toBe(403)
  })
  test('where nobody has to sign there is no caller', async () => {
    expect(await told(await get('as-stranger'))).toEqual(BROKEN)
    expect(await told(await get('as-stranger', ROOT))).toEqual(BROKEN)
  })
  test('a test has no caller', async () => {
    expect(await logOf('as-caller')).toContain(
      'configuration error: the request has no caller whose credentials could be used',
    )
  })
})
