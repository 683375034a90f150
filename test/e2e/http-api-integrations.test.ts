import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  CreateVpcLinkCommand,
  UpdateIntegrationCommand,
  type CreateIntegrationCommandInput,
} from '@aws-sdk/client-apigatewayv2'
import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBackend, type Backend } from '../conformance/rest/support/backend.ts'
import { startGatewayProcess, endGateways, type GatewayProcess } from '../support/gateway-process.ts'

// Backends of HTTP APIs through a gateway as users run it, made by AWS's own client, in one process and in several.

const ending: (() => unknown)[] = []
afterEach(async () => {
  await endGateways()
  for (const end of ending.splice(0).toReversed()) await end()
})

const LISTENER =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/shop/50dc6c495c0c9188/0467ef3c8400ae65'
const ROLE = 'arn:aws:iam::000000000000:role/apigateway-sqs'

interface Running {
  readonly gateway: GatewayProcess
  readonly client: ApiGatewayV2Client
  readonly backend: Backend
  readonly apiId: string
}

/** With an API whose stage `dev` follows it, and a backend that is a target, an AWS service and a host. */
async function started(workers: number): Promise<Running> {
  const backend = await startBackend()
  ending.push(() => backend.stop())
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-integrations-'))
  ending.push(() => rmSync(folder, { recursive: true }))
  const [targets, traffic] = [join(folder, 'targets.json'), join(folder, 'traffic.json')]
  writeFileSync(targets, JSON.stringify({ shop: { targets: [`127.0.0.1:${backend.port}`] } }))
  const retry = { attempts: 3, backoffMs: 1, backoffMsMax: 2 }
  writeFileSync(traffic, JSON.stringify({ 'pets/dev/GET /retried': { retry } }))
  const gateway = await startGatewayProcess({
    arguments: ['--workers', String(workers), '--targets', targets, '--traffic', traffic],
    environment: {
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${backend.port}`,
    },
  })
  const client = new ApiGatewayV2Client({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  ending.push(() => client.destroy())
  const { ApiId = '' } = await client.send(new CreateApiCommand({ Name: 'pets', ProtocolType: 'HTTP' }))
  await client.send(new CreateStageCommand({ ApiId, StageName: 'dev', AutoDeploy: true }))
  return { gateway, client, backend, apiId: ApiId }
}

/** @returns the integration's id */
async function route(
  { client, apiId }: Running,
  routeKey: string,
  integration: Omit<CreateIntegrationCommandInput, 'ApiId' | 'PayloadFormatVersion'>,
): Promise<string> {
  const { IntegrationId = '' } = await client.send(
    new CreateIntegrationCommand({ ApiId: apiId, PayloadFormatVersion: '1.0', ...integration }),
  )
  await client.send(
    new CreateRouteCommand({ ApiId: apiId, RouteKey: routeKey, Target: `integrations/${IntegrationId}` }),
  )
  return IntegrationId
}

/** On new connections, so that each worker has some. */
async function ask({ gateway, apiId }: Running, path: string, init: RequestInit = {}): Promise<Response[]> {
  const url = `${gateway.url}/_aws/execute-api/${apiId}/dev${path}`
  return Promise.all(
    Array.from({ length: 6 }, () => fetch(url, { ...init, headers: { Connection: 'close' } })),
  )
}

for (const workers of [1, 2]) {
  describe(`${workers} ${workers === 1 ? 'process' : 'workers'}`, () => {
    test('mappings, a private integration, a service action, retries', async () => {
      const running = await started(workers)
      const { client, backend, apiId } = running
      const uri = `http://127.0.0.1:${backend.port}/base`
      const mapped = await route(running, 'GET /mapped', {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri: uri,
        RequestParameters: {
          'overwrite:path': '/v2$request.path',
          'append:header.X-Stage': '$context.stage',
        },
        ResponseParameters: { '200': { 'overwrite:statuscode': '201' } },
      })
      for (const reply of await ask(running, '/mapped?a=b')) expect(reply.status).toBe(201)
      for (const { target, headers } of backend.received.splice(0)) {
        expect(target).toBe('/v2/mapped?a=b')
        expect(headers).toContain('X-Stage: dev')
      }
      await client.send(
        new UpdateIntegrationCommand({
          ApiId: apiId,
          IntegrationId: mapped,
          RequestParameters: { 'overwrite:path': '' },
          ResponseParameters: { '200': {} },
        }),
      )
      for (const reply of await ask(running, '/mapped')) expect(reply.status).toBe(200)
      for (const { target, headers } of backend.received.splice(0)) {
        expect(target).toBe('/base')
        expect(headers).toContain('X-Stage: dev')
      }

      const { VpcLinkId } = await client.send(
        new CreateVpcLinkCommand({ Name: 'shop', SubnetIds: ['subnet-1'] }),
      )
      await route(running, 'ANY /private/{proxy+}', {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri: LISTENER,
        ConnectionType: 'VPC_LINK',
        ConnectionId: VpcLinkId,
      })
      for (const reply of await ask(running, '/private/1')) expect(reply.status).toBe(200)
      for (const { target } of backend.received.splice(0)) expect(target).toBe('/dev/private/1')

      await route(running, 'POST /orders', {
        IntegrationType: 'AWS_PROXY',
        IntegrationSubtype: 'SQS-SendMessage',
        CredentialsArn: ROLE,
        RequestParameters: { QueueUrl: 'https://queue', MessageBody: '$request.body.message' },
      })
      for (const reply of await ask(running, '/orders', { method: 'POST', body: '{"message":"m"}' })) {
        expect(reply.status).toBe(200)
      }
      for (const { body, headers } of backend.received.splice(0)) {
        expect(body).toBe('Action=SendMessage&Version=2012-11-05&QueueUrl=https%3A%2F%2Fqueue&MessageBody=m')
        expect(headers.find((line) => line.startsWith('Authorization: AWS4-HMAC-SHA256'))).toContain(
          '/us-east-1/sqs/',
        )
      }

      await route(running, 'GET /retried', {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri: uri,
      })
      backend.answer = { status: 503 }
      const replies = await ask(running, '/retried')
      expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 503))
      expect(backend.received.length).toBe(3 * replies.length)
      expect(await running.gateway.stop()).toBe(0)
    }, 60_000)
  })
}
