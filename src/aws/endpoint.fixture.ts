import { systemClock } from '#base/clock.ts'
import { createLog } from '#base/log.ts'
import { startHttpServer } from '#http/server.ts'
import type { Call, Handlers } from './call.ts'
import { defineService } from './define-service.ts'
import { AwsError } from './error.ts'
import { createAwsEndpoint } from './service.ts'
import type { Credentials } from './sigv4.ts'
import type { ApiGatewayOperations } from './tables/apigateway.ts'
import type { LambdaOperations } from './tables/lambda.ts'
import type { StsOperations } from './tables/sts.ts'

// Three services with a few answers each, for the tests of this folder.

export const CREATED: number = Date.UTC(2026, 10, 21, 3, 26, 25, 939)
export const bytes = (text: string): Uint8Array => Buffer.from(text)
export const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString()

/** The last call's input and context, for tests to look at. */
export let seen: { input: object; call: Call } | undefined

const apigateway: Handlers<ApiGatewayOperations> = {
  CreateRestApi: (input, call) => {
    seen = { input, call }
    return {
      id: 'a1b2c3d4e5',
      name: input.name,
      createdDate: CREATED,
      tags: input.tags,
      policy: input.policy,
    }
  },
  GetRestApi: ({ restApiId }, call) => {
    if (restApiId === 'busy') {
      throw new AwsError('TooManyRequestsException', 'Too Many Requests', 400, { retryAfterSeconds: '7' })
    }
    if (restApiId === 'broken') throw new Error('secret detail')
    throw new AwsError('NotFoundException', `Invalid API identifier specified ${call.account}:${restApiId}`)
  },
  GetRestApis: (input, call) => {
    seen = { input, call }
    return { items: [{ id: 'one' }, { id: 'two', createdDate: CREATED }] }
  },
  DeleteRestApi: () => ({}),
  DeleteMethod: () => ({}),
  PutMethod: (input, call) => {
    seen = { input, call }
    return { httpMethod: input.httpMethod, apiKeyRequired: false, authorizationType: input.authorizationType }
  },
  ImportRestApi: (input, call) => {
    seen = { input, call }
    return { id: 'imported', name: text(input.body), warnings: [String(input.failOnWarnings)] }
  },
  PutRestApi: (input, call) => {
    seen = { input, call }
    return { id: input.restApiId }
  },
  ImportApiKeys: (input, call) => {
    seen = { input, call }
    return { ids: [text(input.body)] }
  },
  UpdateRestApi: (input, call) => {
    seen = { input, call }
    return { id: input.restApiId }
  },
  UpdateStage: (input, call) => {
    seen = { input, call }
    return { stageName: input.stageName }
  },
  CreateDeployment: (input, call) => {
    seen = { input, call }
    return { id: 'dep123' }
  },
  GetDeployment: (input, call) => {
    seen = { input, call }
    return { id: input.deploymentId }
  },
  GetTags: ({ resourceArn }) => ({ tags: { resourceArn } }),
  UntagResource: (input, call) => {
    seen = { input, call }
    return {}
  },
  GetUsage: () => ({
    items: {
      key: [
        [1, 2],
        [3, 4],
      ],
    },
  }),
  GetExport: (input, call) => {
    seen = { input, call }
    return {
      contentType: input.accepts,
      contentDisposition: 'attachment; filename="é\r\nX-Evil: 1"',
      body: bytes('openapi: 3.0.1\n'),
    }
  },
}

const lambda: Handlers<LambdaOperations> = {
  CreateFunction: (input, call) => {
    seen = { input, call }
    return { FunctionName: input.FunctionName, CodeSize: input.Code.ZipFile?.length, Runtime: input.Runtime }
  },
  GetFunction: ({ FunctionName }) => {
    throw new AwsError('ResourceNotFoundException', `Function not found: ${FunctionName}`)
  },
  ListFunctions: (input, call) => {
    seen = { input, call }
    return { Functions: [{ FunctionName: 'f' }] }
  },
  Invoke: (input, call) => {
    seen = { input, call }
    if (input.InvocationType === 'Event') return { StatusCode: 202 }
    return {
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      FunctionError: input.LogType === 'Tail' ? 'Unhandled' : undefined,
      LogResult: input.LogType === 'Tail' ? 'bG9n' : undefined,
      Payload: input.Payload ?? bytes('null'),
    }
  },
}

const sts: Handlers<StsOperations> = {
  GetCallerIdentity: (_input, { principal }) => ({
    Account: principal.account,
    Arn: `${principal.arn}<&>"\u0001`,
    UserId: principal.userId,
  }),
  AssumeRole: (input, call) => {
    seen = { input, call }
    return {
      AssumedRoleUser: { Arn: input.RoleArn, AssumedRoleId: `AROA:${input.RoleSessionName}` },
      Credentials: { AccessKeyId: 'ASIA', SecretAccessKey: 's', SessionToken: 't', Expiration: CREATED },
    }
  },
  AssumeRoleWithWebIdentity: (_input, { principal }) => ({
    Provider: principal.account,
    Audience: principal.accessKeyId,
  }),
}

/** Error lines of every endpoint. */
export const logged: string[] = []

/** The services above behind a real server, on a free port. */
export function start(
  credentials: Credentials,
  bodyBytesMax?: number,
): { origin: string; stop: () => Promise<void> } {
  const endpoint = createAwsEndpoint({
    services: [
      defineService<ApiGatewayOperations>('apigateway', apigateway),
      defineService<LambdaOperations>('lambda', lambda),
      defineService<StsOperations>('sts', sts),
    ],
    credentials,
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: systemClock,
    log: createLog('error', 'json', (line) => void logged.push(line)),
    bodyBytesMax,
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => endpoint.serve(request),
  })
  return { origin: `http://127.0.0.1:${server.port}`, stop: () => server.stop({ graceMs: 0 }) }
}
