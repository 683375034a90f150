import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateApiMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateRoutingRuleCommand,
  CreateStageCommand,
  DeleteRouteCommand,
  DeleteStageCommand,
  UpdateDomainNameCommand,
  UpdateIntegrationCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startGatewayProcess, endGateways, type GatewayProcess } from '../support/gateway-process.ts'

// A stage that follows its HTTP API serves each change once it is answered, in every worker; others stay as they are.

const NOT_FOUND = '404 {"message":"Not Found"}'
const DOMAIN = 'shop.example.com'
/** Enough new connections that each worker has had some. */
const TRIES = 8

for (const workers of [1, 2]) {
  describe(`${workers} worker(s)`, () => {
    const backend = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => new Response(new URL(request.url).pathname),
    })
    let gateway: GatewayProcess
    let client: ApiGatewayV2Client

    beforeAll(async () => {
      gateway = await startGatewayProcess({ arguments: ['--workers', String(workers)] })
      client = new ApiGatewayV2Client({
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      })
    })
    afterAll(async () => {
      client.destroy()
      await endGateways()
      await backend.stop(true)
    })

    /** What an address is answered, by every worker. */
    async function answers(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
      const seen = new Set<string>()
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const response = await fetch(url, { headers: { Connection: 'close', ...headers } })
        seen.add(`${response.status} ${await response.text()}`)
      }
      return [...seen].join(' | ')
    }

    test('every change of an API is served by the stages that follow it', async () => {
      const { ApiId, ApiEndpoint } = await client.send(
        new CreateApiCommand({ Name: 'shop', ProtocolType: 'HTTP' }),
      )
      const own = { ApiId }
      await client.send(new CreateStageCommand({ ...own, StageName: '$default', AutoDeploy: true }))
      await client.send(new CreateStageCommand({ ...own, StageName: 'prod' }))

      const leading = (path: string) => ({
        IntegrationType: 'HTTP_PROXY' as const,
        IntegrationMethod: 'GET',
        IntegrationUri: `http://127.0.0.1:${backend.port}${path}`,
        PayloadFormatVersion: '1.0',
      })
      const { IntegrationId } = await client.send(
        new CreateIntegrationCommand({ ...own, ...leading('/one') }),
      )
      const { RouteId } = await client.send(
        new CreateRouteCommand({ ...own, RouteKey: 'GET /a', Target: `integrations/${IntegrationId}` }),
      )
      expect(await answers(`${ApiEndpoint}/a`)).toBe('200 /one')
      // `prod` is no stage of its own yet: nothing is deployed to it.
      expect(await answers(`${ApiEndpoint}/prod/a`)).toBe(NOT_FOUND)

      await client.send(new CreateDeploymentCommand({ ...own, StageName: 'prod' }))
      await client.send(new UpdateIntegrationCommand({ ...own, IntegrationId, ...leading('/two') }))
      await client.send(new UpdateRouteCommand({ ...own, RouteId, RouteKey: 'GET /b' }))
      expect(await answers(`${ApiEndpoint}/a`)).toBe(NOT_FOUND)
      expect(await answers(`${ApiEndpoint}/b`)).toBe('200 /two')
      expect(await answers(`${ApiEndpoint}/prod/a`)).toBe('200 /one')

      // Turned on, it is deployed at once; without routes it keeps what it has.
      await client.send(new UpdateStageCommand({ ...own, StageName: 'prod', AutoDeploy: true }))
      expect(await answers(`${ApiEndpoint}/prod/b`)).toBe('200 /two')
      await client.send(new DeleteRouteCommand({ ...own, RouteId }))
      expect(await answers(`${ApiEndpoint}/b`)).toBe('200 /two')

      await client.send(new DeleteStageCommand({ ...own, StageName: 'prod' }))
      expect(await answers(`${ApiEndpoint}/prod/b`)).toBe(NOT_FOUND)
    }, 60_000)

    test('a domain name leads to an HTTP API', async () => {
      const { ApiId } = await client.send(
        new CreateApiCommand({
          Name: 'quick',
          ProtocolType: 'HTTP',
          Target: `http://127.0.0.1:${backend.port}/quick`,
        }),
      )
      await client.send(
        new CreateDomainNameCommand({
          DomainName: DOMAIN,
          DomainNameConfigurations: [
            { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/none' },
          ],
        }),
      )
      const toQuick = { ApiId, Stage: '$default' }
      const from = { Host: DOMAIN }
      await client.send(
        new CreateApiMappingCommand({ DomainName: DOMAIN, ApiMappingKey: 'v1/shop', ...toQuick }),
      )
      expect(await answers(`${gateway.url}/v1/shop/a`, from)).toBe('200 /quick/a')
      expect(await answers(`${gateway.url}/v1/other`, from)).toBe('403 {"message":"Forbidden"}')

      await client.send(new UpdateDomainNameCommand({ DomainName: DOMAIN, RoutingMode: 'ROUTING_RULE_ONLY' }))
      expect(await answers(`${gateway.url}/v1/shop/a`, from)).toBe('403 {"message":"Forbidden"}')
      await client.send(
        new CreateRoutingRuleCommand({
          DomainName: DOMAIN,
          Priority: 1,
          Conditions: [],
          Actions: [{ InvokeApi: { ApiId, Stage: '$default' } }],
        }),
      )
      expect(await answers(`${gateway.url}/anything`, from)).toBe('200 /quick/anything')
    }, 60_000)
  })
}
