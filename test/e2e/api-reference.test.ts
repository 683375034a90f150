import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// What a stage shows of itself, where that is wanted; by two workers, which are told of stages.

const mock = (body: string): object => ({
  'x-amazon-apigateway-integration': {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': body } } },
  },
})

const document = {
  openapi: '3.0.1',
  info: { title: 'pets & <b>friends</b>', version: '1' },
  paths: {
    '/pets/{petId}': {
      get: {
        operationId: 'GetPet',
        parameters: [{ name: 'petId', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
          },
        },
        ...mock('{}'),
      },
    },
    '/{proxy+}': { get: mock('"mine"') },
  },
  components: { schemas: { Pet: { type: 'object', title: '</pre><script>' } } },
}

function callerOf({ url }: GatewayProcess): AwsCaller {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  return createAwsCaller({ endpoint: url, region: 'us-east-1', credentials })
}

/** Deploys a document. @returns where its stage is */
async function deploy(gateway: GatewayProcess, paths: object = {}, more = '', members = {}): Promise<string> {
  const caller = callerOf(gateway)
  const whole = { ...document, ...members, paths: { ...document.paths, ...paths } }
  const body = Buffer.from(JSON.stringify(whole))
  const { id } = (await caller.call('apigateway', 'POST', `/restapis?mode=import${more}`, body)) as {
    id: string
  }
  await caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  return `${gateway.url}/_aws/execute-api/${id}/dev`
}

describe('with --api-reference', () => {
  let gateway: GatewayProcess
  beforeAll(async () => {
    gateway = await startGatewayProcess({ arguments: ['--api-reference', '--workers', '2'] })
  })
  afterAll(endGateways)

  test('a stage shows a page, in which everything is escaped', async () => {
    const stage = await deploy(gateway)
    const page = await fetch(`${stage}/_reference`)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'")
    const text = await page.text()
    expect(text).toContain('<h1>pets &amp; &lt;b&gt;friends&lt;/b&gt; <small>1</small></h1>')
    expect(text).toContain('<code>GET /pets/{petId}</code> GetPet')
    expect(text).toContain('<a href="#model-Pet">Pet</a>')
    expect(text).toContain('&lt;/pre&gt;&lt;script&gt;')
    expect(text).not.toContain('<script')
  })

  test('what is said of it is on the page as soon as the stage shows it', async () => {
    const stage = await deploy(gateway)
    const apiId = stage.split('/').at(-2) as string
    const caller = callerOf(gateway)
    const described = async (type: string, place: object, properties: object): Promise<void> => {
      await caller.call('apigateway', 'POST', `/restapis/${apiId}/documentation/parts`, {
        location: { type, ...place },
        properties: JSON.stringify(properties),
      })
    }
    await described('API', {}, { info: { description: 'Of <i>pets</i>.' } })
    await described('METHOD', { path: '/pets' }, { summary: 'One pet', description: 'By id.', tags: ['t1'] })
    await described('PATH_PARAMETER', { name: 'petId' }, { description: 'Its id.' })
    await described('RESPONSE', { statusCode: '200' }, { description: 'The pet.' })
    await described('RESOURCE', { path: '/pets/{petId}' }, { 'x-note': 'not an operation' })
    await caller.call('apigateway', 'POST', `/restapis/${apiId}/documentation/versions`, {
      documentationVersion: '1',
      stageName: 'dev',
    })
    const text = await (await fetch(`${stage}/_reference`)).text()
    expect(text).toContain('<p>Of &lt;i&gt;pets&lt;/i&gt;.</p>')
    expect(text.replace(/\s+/g, ' ')).toContain('<code>GET /pets/{petId}</code> One pet <small>t1</small>')
    for (const said of ['<p>By id.</p>', '<td>Its id.</td>', 'The pet.']) expect(text).toContain(said)
    expect(text).not.toContain('not an operation')
  })

  test('and its document, as OpenAPI 3 and Swagger 2', async () => {
    const stage = await deploy(gateway)
    const openapi = (await (await fetch(`${stage}/_reference/openapi.json`)).json()) as { paths: object }
    expect(openapi).toMatchObject({ openapi: '3.0.1', info: { title: document.info.title } })
    expect(Object.keys(openapi.paths)).toEqual(['/pets/{petId}', '/{proxy+}'])
    expect(JSON.stringify(openapi)).not.toContain('x-amazon-apigateway-integration')
    expect(await (await fetch(`${stage}/_reference/swagger.json`)).json()).toMatchObject({ swagger: '2.0' })
  })

  test('a resource of the API comes first, and everything else is the API', async () => {
    const stage = await deploy(gateway, { '/_reference': { get: mock('"own"') } })
    expect(await (await fetch(`${stage}/_reference`)).text()).toBe('"own"')
    expect(await (await fetch(`${stage}/_reference/other`)).text()).toBe('"mine"')
    expect((await fetch(`${stage}/_reference/openapi.json`, { method: 'POST' })).status).toBe(403)
  })
})

describe('with --api-reference, closed addresses', () => {
  let gateway: GatewayProcess
  beforeAll(async () => {
    gateway = await startGatewayProcess({
      arguments: ['--api-reference', '--workers', '2', '--vpc-endpoints', 'vpce-1=vpc-1,127.0.0.0/8,::1'],
    })
  })
  afterAll(endGateways)

  test('a private API is called, and shows nothing', async () => {
    const policy = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 'execute-api:Invoke',
        Resource: 'execute-api:/*',
      },
    }
    const members = { 'x-amazon-apigateway-policy': policy }
    const stage = await deploy(gateway, {}, '&endpointConfigurationTypes=PRIVATE', members)
    expect(await (await fetch(`${stage}/_reference`)).text()).toBe('"mine"')
    expect(await (await fetch(`${stage}/other`)).text()).toBe('"mine"')
  })

  test('a stage whose own address is closed shows nothing there', async () => {
    const members = { 'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true } }
    const stage = await deploy(gateway, {}, '', members)
    expect((await fetch(`${stage}/_reference`)).status).toBe(403)
  })
})

test('without it, the address is the API', async () => {
  const gateway = await startGatewayProcess()
  try {
    expect(await (await fetch(`${await deploy(gateway)}/_reference`)).text()).toBe('"mine"')
  } finally {
    await gateway.stop()
  }
})
