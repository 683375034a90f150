import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  DeleteMethodCommand,
  DeleteRestApiCommand,
  GetDeploymentCommand,
  GetExportCommand,
  GetRestApiCommand,
  GetRestApisCommand,
  GetTagsCommand,
  GetUsageCommand,
  ImportApiKeysCommand,
  ImportRestApiCommand,
  NotFoundException,
  PutRestApiCommand,
  TooManyRequestsException,
  UntagResourceCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListFunctionsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts'
import { createAwsCaller } from './client.ts'
import { AwsError } from './error.ts'
import { bytes, CREATED, seen, start, text } from './endpoint.fixture.ts'

const open = start({ kind: 'any' })
afterAll(() => open.stop())

const config = {
  endpoint: open.origin,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
}
const gateway = new APIGatewayClient(config)
const functions = new LambdaClient(config)
const tokens = new STSClient(config)

describe('API Gateway by its SDK', () => {
  test('members in path, query, header and body; timestamps without fraction', async () => {
    const created = await gateway.send(
      new CreateRestApiCommand({
        name: 'pets',
        tags: { __proto__x: '1', ü: 'ß' },
        endpointConfiguration: { types: ['REGIONAL'] },
      }),
    )
    expect(created).toMatchObject({ id: 'a1b2c3d4e5', name: 'pets', tags: { __proto__x: '1', ü: 'ß' } })
    expect(created.createdDate?.getTime()).toBe(CREATED - 939)
    expect(created.$metadata).toMatchObject({ httpStatusCode: 201, requestId: seen?.call.requestId })
    expect(seen?.call).toMatchObject({
      service: 'apigateway',
      operation: 'CreateRestApi',
      account: '000000000000',
      region: 'eu-central-1',
      principal: { accessKeyId: 'test', arn: 'arn:aws:iam::000000000000:root' },
    })
    const listed = await gateway.send(new GetRestApisCommand({ limit: 5, position: 'p/1' }))
    expect(listed.items?.map((each) => each.id)).toEqual(['one', 'two'])
    expect(seen?.input).toEqual({ limit: 5, position: 'p/1' })
  })

  test('a twelve-digit access key is the account', async () => {
    const credentials = { accessKeyId: '210987654321', secretAccessKey: 'x' }
    await new APIGatewayClient({ ...config, credentials }).send(new GetRestApisCommand({}))
    expect(seen?.call.principal).toEqual({
      account: '210987654321',
      accessKeyId: '210987654321',
      arn: 'arn:aws:iam::210987654321:root',
      userId: '210987654321',
    })
  })

  test('modeled errors keep code, status and message', async () => {
    const missing = await gateway.send(new GetRestApiCommand({ restApiId: 'nope' })).catch((error) => error)
    expect(missing).toBeInstanceOf(NotFoundException)
    expect(missing.message).toBe('Invalid API identifier specified 000000000000:nope')
    expect(missing.$metadata.httpStatusCode).toBe(404)
    const busy = await gateway.send(new GetRestApiCommand({ restApiId: 'busy' })).catch((error) => error)
    expect(busy).toBeInstanceOf(TooManyRequestsException)
    expect(busy.retryAfterSeconds).toBe('7')
    expect(busy.$metadata.httpStatusCode).toBe(429)
  })

  test('import: raw body, bound and free query parameters, the static one in neither', async () => {
    const imported = await gateway.send(
      new ImportRestApiCommand({
        body: bytes('openapi: 3.0.1'),
        failOnWarnings: true,
        parameters: { basepath: 'prepend', ignore: 'documentation' },
      }),
    )
    expect(imported).toMatchObject({ id: 'imported', name: 'openapi: 3.0.1', warnings: ['true'] })
    expect(seen?.input).toMatchObject({
      failOnWarnings: true,
      parameters: { basepath: 'prepend', ignore: 'documentation' },
    })
    await gateway.send(new PutRestApiCommand({ restApiId: 'x', mode: 'merge', body: bytes('{}') }))
    expect(seen?.input).toEqual({ restApiId: 'x', mode: 'merge', body: bytes('{}') })
    const keys = await gateway.send(new ImportApiKeysCommand({ body: bytes('csv'), format: 'csv' }))
    expect(keys.ids).toEqual(['csv'])
  })

  test('export: raw body with its own content type; headers cannot be split', async () => {
    const exported = await gateway.send(
      new GetExportCommand({
        restApiId: 'a',
        stageName: 's',
        exportType: 'oas30',
        accepts: 'application/yaml',
        parameters: { extensions: 'integrations' },
      }),
    )
    expect(text(exported.body)).toBe('openapi: 3.0.1\n')
    expect(exported.contentType).toBe('application/yaml')
    expect(exported.contentDisposition).toEndWith('X-Evil: 1"')
    expect(seen?.input).toEqual({
      restApiId: 'a',
      stageName: 's',
      exportType: 'oas30',
      accepts: 'application/yaml',
      parameters: { extensions: 'integrations' },
    })
  })

  test('encoded labels, repeated query parameters, wire names of their own', async () => {
    const arn = 'arn:aws:apigateway:us-east-1::/restapis/abc'
    expect((await gateway.send(new GetTagsCommand({ resourceArn: arn }))).tags).toEqual({ resourceArn: arn })
    await gateway.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['a', 'b&c'] }))
    expect(seen?.input).toEqual({ resourceArn: arn, tagKeys: ['a', 'b&c'] })
    await gateway.send(
      new UpdateStageCommand({
        restApiId: 'a',
        stageName: '$default',
        patchOperations: [{ op: 'replace', path: '/variables/x', value: 'y' }],
      }),
    )
    expect(seen?.input).toEqual({
      restApiId: 'a',
      stageName: '$default',
      patchOperations: [{ op: 'replace', path: '/variables/x', value: 'y' }],
    })
    const usage = await gateway.send(new GetUsageCommand({ usagePlanId: 'u', startDate: '1', endDate: '2' }))
    expect(usage.items).toEqual({
      key: [
        [1, 2],
        [3, 4],
      ],
    })
    await gateway.send(new GetDeploymentCommand({ restApiId: 'a', deploymentId: 'd', embed: ['apisummary'] }))
    expect(seen?.input).toEqual({ restApiId: 'a', deploymentId: 'd', embed: ['apisummary'] })
    await gateway.send(
      new CreateDeploymentCommand({
        restApiId: 'a',
        variables: { v: '1' },
        canarySettings: { percentTraffic: 12.5 },
      }),
    )
    expect(seen?.input).toEqual({
      restApiId: 'a',
      variables: { v: '1' },
      canarySettings: { percentTraffic: 12.5 },
    })
  })

  test('deletes have the statuses of the table', async () => {
    const api = await gateway.send(new DeleteRestApiCommand({ restApiId: 'a' }))
    expect(api.$metadata.httpStatusCode).toBe(202)
    const method = await gateway.send(
      new DeleteMethodCommand({ restApiId: 'a', resourceId: 'r', httpMethod: 'GET' }),
    )
    expect(method.$metadata.httpStatusCode).toBe(204)
  })

  test('a failed validation', async () => {
    const error = await gateway
      .send(
        new UpdateRestApiCommand({
          restApiId: 'a',
          patchOperations: [{ op: 'wrong' as 'add' }, { op: 'add' }, { op: 'bad' as 'add' }],
        }),
      )
      .catch((each) => each)
    expect(error.name).toBe('ValidationException')
    expect(error.message).toBe(
      "2 validation errors detected: Value 'wrong' at 'updateRestApiInput.patchOperations.1.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]; Value 'bad' at 'updateRestApiInput.patchOperations.3.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]",
    )
  })

  test('our own client', async () => {
    const caller = createAwsCaller({
      endpoint: open.origin,
      region: 'us-east-1',
      credentials: config.credentials,
    })
    expect(await caller.call('apigateway', 'POST', '/restapis', { name: 'ü' })).toMatchObject({ name: 'ü' })
    expect(await caller.call('apigateway', 'POST', '/restapis?mode=import', bytes('raw'))).toMatchObject({
      name: 'raw',
    })
    expect(await caller.call('apigateway', 'DELETE', '/restapis/a')).toBeUndefined()
    const error = await caller.call('apigateway', 'GET', '/restapis/nope').catch((each) => each)
    expect(error).toBeInstanceOf(AwsError)
    expect(error).toMatchObject({
      code: 'NotFoundException',
      status: 404,
      message: 'Invalid API identifier specified 000000000000:nope',
    })
  })
})

describe('Lambda by its SDK', () => {
  test('invoke: raw payload both ways, headers', async () => {
    const payload = bytes('{"ü": [1,2]}')
    const invoked = await functions.send(
      new InvokeCommand({ FunctionName: 'f', Payload: payload, LogType: 'Tail', Qualifier: '1' }),
    )
    expect(invoked).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      LogResult: 'bG9n',
      ExecutedVersion: '$LATEST',
    })
    expect(text(invoked.Payload)).toBe('{"ü": [1,2]}')
    expect(seen?.input).toEqual({
      FunctionName: 'f',
      Payload: Buffer.from(payload),
      LogType: 'Tail',
      Qualifier: '1',
    })
    const event = await functions.send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event' }))
    expect(event.StatusCode).toBe(202)
    expect(text(event.Payload)).toBe('')
  })

  test('a zip as base64, a whole ARN as label, a trailing slash in the path', async () => {
    const role = 'arn:aws:iam::000000000000:role/r'
    const zip = crypto.getRandomValues(new Uint8Array(65_536))
    const created = await functions.send(
      new CreateFunctionCommand({
        FunctionName: 'f',
        Role: role,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip },
      }),
    )
    expect(created).toMatchObject({ FunctionName: 'f', CodeSize: 65_536 })
    expect(seen?.input).toMatchObject({ Code: { ZipFile: Buffer.from(zip) } })
    const arn = 'arn:aws:lambda:eu-central-1:000000000000:function:f'
    await functions.send(new InvokeCommand({ FunctionName: arn, Payload: bytes('1') }))
    expect(seen?.input).toMatchObject({ FunctionName: arn })
    const { Functions } = await functions.send(new ListFunctionsCommand({ MaxItems: 3 }))
    expect(Functions).toEqual([{ FunctionName: 'f' }])
    expect(seen?.input).toEqual({ MaxItems: 3 })
  })

  test('errors: Message, Type, validation', async () => {
    const missing = await functions
      .send(new GetFunctionCommand({ FunctionName: 'nope' }))
      .catch((error) => error)
    expect(missing).toBeInstanceOf(ResourceNotFoundException)
    expect(missing).toMatchObject({ message: 'Function not found: nope', Type: 'User' })
    const invalid = await functions
      .send(new CreateFunctionCommand({ FunctionName: 'a b', Role: 'r', Timeout: 0, Code: {} }))
      .catch((error) => error)
    expect(invalid.name).toBe('ValidationException')
    expect(invalid.message).toStartWith("3 validation errors detected: Value 'a b' at 'functionName' failed")
    expect(invalid.message).toEndWith(
      "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
    )
  })

  test('what has no handler says so, and is not retried', async () => {
    const client = new LambdaClient({ ...config, maxAttempts: 3 })
    const error = await client
      .send(new InvokeWithResponseStreamCommand({ FunctionName: 'f' }))
      .catch((each) => each)
    expect(error).toMatchObject({
      name: 'NotImplementedException',
      message: 'InvokeWithResponseStream is not implemented by Gatehouse yet',
    })
    expect(error.$metadata).toMatchObject({ httpStatusCode: 501, attempts: 1 })
  })
})

describe('STS by its SDK', () => {
  test('forms in, XML out', async () => {
    const identity = await tokens.send(new GetCallerIdentityCommand({}))
    expect(identity).toMatchObject({
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root<&>"\ufffd',
    })
    const RoleArn = 'arn:aws:iam::000000000000:role/r'
    const assumed = await tokens.send(
      new AssumeRoleCommand({
        RoleArn,
        RoleSessionName: 'session',
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
        TransitiveTagKeys: [],
        DurationSeconds: 900,
      }),
    )
    expect(assumed.Credentials?.Expiration?.getTime()).toBe(CREATED)
    expect(seen?.input).toEqual({
      RoleArn,
      RoleSessionName: 'session',
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '' },
      ],
      TransitiveTagKeys: [],
      DurationSeconds: 900,
    })
    const invalid = await tokens
      .send(new AssumeRoleCommand({ RoleArn: 'short', RoleSessionName: 's p' }))
      .catch((error) => error)
    expect(invalid).toMatchObject({
      name: 'ValidationError',
      message:
        "2 validation errors detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20; Value 's p' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    })
  })

  test('operations that AWS leaves unsigned', async () => {
    const answer = await tokens.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: 'arn:aws:iam::000000000000:role/r',
        RoleSessionName: 'session',
        WebIdentityToken: 'token',
      }),
    )
    expect(answer).toMatchObject({ Provider: '000000000000', Audience: '' })
  })
})

/** The CLIs of this machine: other versions write other requests. */
const clis = [...new Set([Bun.which('aws'), '/usr/bin/aws'])].filter(
  (path) => path !== null && Bun.which(path) !== null,
)

describe.each(clis as string[])('%s', (cli) => {
  async function aws(...args: string[]): Promise<unknown> {
    const child = Bun.spawn(
      [cli, '--endpoint-url', open.origin, '--region', 'us-west-2', '--output', 'json', ...args],
      {
        env: { ...process.env, AWS_ACCESS_KEY_ID: '123456789012', AWS_SECRET_ACCESS_KEY: 'x', AWS_PAGER: '' },
        stdout: 'pipe',
        stderr: 'pipe',
      },
    )
    const [out, error] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    await child.exited
    return out.trim() === '' ? error.trim() : JSON.parse(out)
  }

  test('calls as the SDKs do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-aws-'))
    try {
      await Bun.write(join(folder, 'api.yaml'), 'openapi: 3.0.1')
      const binary = join(folder, 'out')
      const [imported, missing, identity, invoked] = await Promise.all([
        aws(
          'apigateway',
          'import-rest-api',
          '--fail-on-warnings',
          '--parameters',
          'basepath=prepend',
          '--body',
          `fileb://${folder}/api.yaml`,
        ),
        aws('apigateway', 'get-rest-api', '--rest-api-id', 'nope'),
        aws('sts', 'get-caller-identity'),
        aws('lambda', 'invoke', '--function-name', 'f', '--payload', `fileb://${folder}/api.yaml`, binary),
      ])
      expect(imported).toMatchObject({ id: 'imported', name: 'openapi: 3.0.1', warnings: ['true'] })
      expect(missing).toEndWith(
        '(NotFoundException) when calling the GetRestApi operation: Invalid API identifier specified 123456789012:nope',
      )
      expect(identity).toMatchObject({ Account: '123456789012' })
      expect(invoked).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST' })
      expect(await Bun.file(binary).text()).toBe('openapi: 3.0.1')
    } finally {
      await rm(folder, { recursive: true })
    }
  }, 60_000)
})
