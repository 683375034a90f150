import { APIGatewayClient, CreateDeploymentCommand, ImportRestApiCommand } from '@aws-sdk/client-api-gateway'
import {
  ApiGatewayV2Client,
  CreateApiMappingCommand,
  CreateDomainNameCommand,
  CreateRoutingRuleCommand,
  DeleteApiMappingCommand,
  DeleteRoutingRuleCommand,
  PutRoutingRuleCommand,
  UpdateApiMappingCommand,
  UpdateDomainNameCommand,
  type RoutingMode,
} from '@aws-sdk/client-apigatewayv2'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startGatewayProcess, endGateways, type GatewayProcess } from '../support/gateway-process.ts'

// What version 2 says of a domain name is what serves once it is answered, in every worker.

/** Says which stage answers, and by which base path. */
const document = {
  openapi: '3.0.1',
  info: { title: 'seen', version: '1' },
  paths: {
    '/{proxy+}': {
      get: {
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: {
                'application/json':
                  '$context.stage $input.params("proxy") $context.customDomain.basePathMatched',
              },
            },
          },
        },
        responses: { 200: { description: 'ok' } },
      },
    },
  },
}

const DOMAIN = 'api.example.com'
const FORBIDDEN = '403 {"message":"Forbidden"}'
/** Enough new connections that each worker has had some. */
const TRIES = 8

for (const workers of [1, 2]) {
  describe(`${workers} worker(s)`, () => {
    let gateway: GatewayProcess
    let client: ApiGatewayV2Client
    let apiId: string

    beforeAll(async () => {
      gateway = await startGatewayProcess({ arguments: ['--workers', String(workers)] })
      const common = {
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      }
      const version1 = new APIGatewayClient(common)
      client = new ApiGatewayV2Client(common)
      const imported = await version1.send(
        new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }),
      )
      apiId = imported.id as string
      for (const stageName of ['dev', 'prod']) {
        await version1.send(new CreateDeploymentCommand({ restApiId: apiId, stageName }))
      }
      version1.destroy()
    })
    afterAll(async () => {
      client.destroy()
      await endGateways()
    })

    /** What a target is answered, by every worker. */
    async function answers(target: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
      const seen = new Set<string>()
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const response = await fetch(`${gateway.url}${target}`, {
          headers: { Host: DOMAIN, Connection: 'close', ...headers },
        })
        seen.add(`${response.status} ${await response.text()}`)
      }
      return [...seen].join(' | ')
    }

    async function route(RoutingMode: RoutingMode): Promise<void> {
      await client.send(new UpdateDomainNameCommand({ DomainName: DOMAIN, RoutingMode }))
    }

    const lead = (Stage: string, StripBasePath: boolean) => [
      { InvokeApi: { ApiId: apiId, Stage, StripBasePath } },
    ]

    test('mappings of several levels, and of rules beside them', async () => {
      await client.send(
        new CreateDomainNameCommand({
          DomainName: DOMAIN,
          DomainNameConfigurations: [
            { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/none' },
          ],
        }),
      )
      expect(await answers('/orders/v1/a')).toBe(FORBIDDEN)

      const mapping = { DomainName: DOMAIN, ApiId: apiId }
      const { ApiMappingId } = await client.send(
        new CreateApiMappingCommand({ ...mapping, Stage: 'prod', ApiMappingKey: 'orders/v1' }),
      )
      await client.send(new CreateApiMappingCommand({ ...mapping, Stage: 'dev' }))
      expect(await answers('/orders/v1/a')).toBe('200 prod a orders/v1')
      expect(await answers('/orders/a')).toBe('200 dev orders/a (none)')

      await client.send(
        new UpdateApiMappingCommand({ ...mapping, ApiMappingId, Stage: 'dev', ApiMappingKey: 'v2' }),
      )
      expect(await answers('/v2/a')).toBe('200 dev a v2')
      expect(await answers('/orders/v1/a')).toBe('200 dev orders/v1/a (none)')

      await route('ROUTING_RULE_ONLY')
      expect(await answers('/v2/a')).toBe(FORBIDDEN)
      const rule = {
        DomainName: DOMAIN,
        Priority: 10,
        Conditions: [
          { MatchBasePaths: { AnyOf: ['shop'] } },
          { MatchHeaders: { AnyOf: [{ Header: 'X-Version', ValueGlob: 'beta*' }] } },
        ],
      }
      const { RoutingRuleId } = await client.send(
        new CreateRoutingRuleCommand({ ...rule, Actions: lead('prod', true) }),
      )
      expect(await answers('/shop/a', { 'X-Version': 'beta-2' })).toBe('200 prod a shop')
      expect(await answers('/shop/a', { 'X-Version': 'alpha' })).toBe(FORBIDDEN)

      await client.send(
        new PutRoutingRuleCommand({ ...rule, RoutingRuleId, Conditions: [], Actions: lead('dev', false) }),
      )
      expect(await answers('/shop/a')).toBe('200 dev shop/a (none)')

      await route('ROUTING_RULE_THEN_API_MAPPING')
      await client.send(new DeleteRoutingRuleCommand({ DomainName: DOMAIN, RoutingRuleId }))
      expect(await answers('/v2/a')).toBe('200 dev a v2')
      await client.send(new DeleteApiMappingCommand({ DomainName: DOMAIN, ApiMappingId }))
      expect(await answers('/v2/a')).toBe('200 dev v2/a (none)')
    }, 60_000)
  })
}
