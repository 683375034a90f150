import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { ApiGatewayV2 } from '@aws-sdk/client-apigatewayv2'
import { expect } from 'bun:test'
import type { GatewayProcess } from './gateway-process.ts'

/** For tests: what would run, or break out of where it is, if any text of a portal were taken for HTML or CSS. */
export const hostile = `"'></textarea></script></style><script>window.pwned=1</script><img src=x onerror="window.pwned=1">`

/** A portal that is published, with one product of one API. */
export interface PublishedPortal {
  readonly client: ApiGatewayV2
  readonly portalId: string
  readonly productId: string
  readonly pageId: string
  readonly endpointIds: readonly string[]
  readonly restApiId: string
  /** `http://p-….apigw-portal.us-east-1.localhost:1234` */
  readonly origin: string
}

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }

export function clientsOf({ url }: GatewayProcess): {
  readonly caller: AwsCaller
  readonly client: ApiGatewayV2
} {
  return {
    caller: createAwsCaller({ endpoint: url, region: 'us-east-1', credentials: keys }),
    client: new ApiGatewayV2({ endpoint: url, region: 'us-east-1', credentials: keys }),
  }
}

/** A method that says what it was asked, as JSON. */
const echo = {
  'x-amazon-apigateway-integration': {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: {
      default: {
        statusCode: '200',
        responseTemplates: {
          'application/json':
            '{"petId": "$input.params(\'petId\')", "limit": "$input.params(\'limit\')", "color": "$input.params(\'x-color\')", "cookie": "$input.params(\'Cookie\')"}',
        },
      },
    },
  },
}

const parameter = (name: string, place: string): object => ({
  name,
  in: place,
  required: place === 'path',
  schema: { type: 'string' },
})

const document = {
  openapi: '3.0.1',
  info: { title: 'pets', version: '1' },
  paths: {
    '/pets/{petId}': {
      get: {
        operationId: 'GetPet',
        parameters: [parameter('petId', 'path'), parameter('limit', 'query'), parameter('x-color', 'header')],
        responses: {
          200: {
            description: hostile,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
        ...echo,
      },
    },
    '/page': {
      get: {
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: {
            default: {
              statusCode: '200',
              responseParameters: {
                'method.response.header.Content-Type': "'text/html'",
                'method.response.header.Set-Cookie': "'stolen=1'",
              },
              responseTemplates: { 'application/json': '<script>window.pwned=1</script>' },
            },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Pet: { type: 'object', title: hostile, properties: { name: { type: 'string', example: hostile } } },
    },
  },
}

/** A portal whose every text is `hostile`, beside the words that say what it is. */
export async function publishPortal(gateway: GatewayProcess, more: object = {}): Promise<PublishedPortal> {
  const { caller, client } = clientsOf(gateway)
  const body = Buffer.from(JSON.stringify(document))
  const { id: restApiId } = (await caller.call('apigateway', 'POST', '/restapis?mode=import', body)) as {
    id: string
  }
  const documented = async (location: object, properties: object): Promise<void> => {
    const part = { location, properties: JSON.stringify(properties) }
    await caller.call('apigateway', 'POST', `/restapis/${restApiId}/documentation/parts`, part)
  }
  const method = { path: '/pets/{petId}', method: 'GET' }
  await documented({ type: 'METHOD', ...method }, { summary: `Finds a pet ${hostile}` })
  await documented({ type: 'PATH_PARAMETER', ...method, name: 'petId' }, { description: `Which ${hostile}` })
  await caller.call('apigateway', 'POST', `/restapis/${restApiId}/documentation/versions`, {
    documentationVersion: 'v1',
    stageName: undefined,
  })
  await caller.call('apigateway', 'POST', `/restapis/${restApiId}/deployments`, { stageName: 'prod' })
  await caller.call('apigateway', 'PATCH', `/restapis/${restApiId}/stages/prod`, {
    patchOperations: [{ op: 'replace', path: '/documentationVersion', value: 'v1' }],
  })

  const product = await client.createPortalProduct({
    DisplayName: `Adoption ${hostile}`,
    Description: `Meet them ${hostile}`,
  })
  const PortalProductId = product.PortalProductId as string
  const page = await client.createProductPage({
    PortalProductId,
    DisplayContent: {
      Title: `Terms ${hostile}`,
      Body: `# Rules ${hostile}\n\n- [good](https://example.com/)\n- [bad](javascript:window.pwned=1)\n\n<b>no</b> hamsters`,
    },
  })
  const endpoints = await Promise.all(
    ['/pets/{petId}', '/page'].map((Path) =>
      client.createProductRestEndpointPage({
        PortalProductId,
        RestEndpointIdentifier: {
          IdentifierParts: { RestApiId: restApiId, Stage: 'prod', Method: 'GET', Path },
        },
      }),
    ),
  )
  const endpointIds = endpoints.map(({ ProductRestEndpointPageId: id }) => id as string)
  await client.updatePortalProduct({
    PortalProductId,
    DisplayOrder: {
      Contents: [
        {
          SectionName: `Animals ${hostile}`,
          ProductRestEndpointPageArns: [endpoints[0]?.ProductRestEndpointPageArn as string],
        },
      ],
    },
  })
  const portal = await client.createPortal({
    Authorization: { None: {} },
    EndpointConfiguration: { None: {} },
    IncludedPortalProductArns: [product.PortalProductArn as string],
    LogoUri: `https://x/"onerror="window.pwned=1`,
    PortalContent: {
      DisplayName: `Pets ${hostile}`,
      Description: `All of them ${hostile}`,
      Theme: {
        CustomColors: {
          AccentColor: '#1f6feb',
          BackgroundColor: '#ffffff',
          ErrorValidationColor: '</style><script',
          HeaderColor: '}*{color:red',
          NavigationColor: 'url(//evil.x)',
          TextColor: '#16191f',
        },
      },
    },
    ...more,
  })
  const portalId = portal.PortalId as string
  await client.publishPortal({ PortalId: portalId })
  const { PublishStatus, StatusException } = await client.getPortal({ PortalId: portalId })
  expect({ PublishStatus, StatusException }).toEqual({
    PublishStatus: 'PUBLISHED',
    StatusException: undefined,
  })
  const origin = `http://${portal.EndpointConfiguration?.PortalDefaultDomainName}`
  return {
    client,
    portalId,
    productId: PortalProductId,
    pageId: page.ProductPageId as string,
    endpointIds,
    restApiId,
    origin,
  }
}
