import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import dynalite from 'dynalite'
import S3rver from 's3rver'
import type { IntegrationDefinition } from './support/definition.ts'
import { startHouse, type House } from './support/house.ts'
import type { RawReply } from './support/raw-http.ts'

// Integrations with servers that others wrote, which read what we send.

/** The pair that s3rver knows. */
const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
const database = dynalite({ createTableMs: 0 })
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
const objects = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  directory: folder,
  configureBuckets: [{ name: 'photos' }],
})
let house: House

beforeAll(async () => {
  await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve))
  const { port } = await objects.run()
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(database.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
  }
  house = await startHouse({ aws: { environment, own: async () => KEYS } })
})

afterAll(async () => {
  await house.stop()
  await objects.close()
  await new Promise((resolve) => database.close(resolve))
  rmSync(folder, { recursive: true })
})

const json = 'Content-Type: application/json'

function dynamo(
  action: string,
  template: string,
  more: Partial<IntegrationDefinition> = {},
): IntegrationDefinition {
  return {
    type: 'AWS',
    httpMethod: 'POST',
    uri: `arn:aws:apigateway:us-east-1:dynamodb:action/${action}`,
    credentials: 'arn:aws:iam::123456789012:role/caller',
    requestTemplates: { 'application/json': template },
    integrationResponses: { 200: {} },
    ...more,
  }
}

const TABLE = `{"TableName": "pets", "BillingMode": "PAY_PER_REQUEST",
  "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
  "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}`

test('DynamoDB: a table, items in and out, a condition that fails', async () => {
  const item = dynamo(
    'PutItem',
    `{"TableName": "pets", "ConditionExpression": "attribute_not_exists(id)",
      "Item": {"id": {"S": "$input.params('id')"}, "name": {"S": $input.json('$.name')}}}`,
    {
      integrationResponses: {
        201: { responseTemplates: { 'application/json': '{"created": true}' } },
        409: {
          selectionPattern: '400',
          responseTemplates: {
            'application/json': '{"why": "$input.path(\'$.__type\').split(\'#\')[1]"}',
          },
        },
      },
    },
  )
  const query = dynamo(
    'Query',
    `{"TableName": "pets", "KeyConditionExpression": "id = :id",
      "ExpressionAttributeValues": {":id": {"S": "$input.params('id')"}}}`,
    {
      integrationResponses: {
        200: {
          responseTemplates: {
            'application/json':
              '[#foreach($pet in $input.path("$.Items")){"name": "$pet.name.S"}#if($foreach.hasNext),#end#end]',
          },
        },
      },
    },
  )
  const paths = {
    '/table': { POST: { integration: dynamo('CreateTable', TABLE) } },
    '/pets/{id}': { PUT: { integration: item }, GET: { integration: query } },
  }
  expect(house.deploy('dynamo', { paths })).toEqual([])
  const send = async (method: string, target: string, body = ''): Promise<[number, unknown]> => {
    const reply = await house.send('dynamo', { method, target, headers: [json], body })
    return [reply.status, JSON.parse(Buffer.from(reply.body, 'latin1').toString('utf8'))]
  }
  expect(await send('POST', '/table')).toMatchObject([200, { TableDescription: { TableName: 'pets' } }])
  expect(await send('PUT', '/pets/1', '{"name": "Kater M\\u00fcller"}')).toEqual([201, { created: true }])
  expect(await send('PUT', '/pets/1', '{"name": "other"}')).toEqual([
    409,
    { why: 'ConditionalCheckFailedException' },
  ])
  expect(await send('GET', '/pets/1')).toEqual([200, [{ name: 'Kater Müller' }]])
  expect(await send('GET', '/pets/2')).toEqual([200, []])
})

function deployObjects(apiId: string, uri: string): void {
  const integration: IntegrationDefinition = {
    type: 'AWS',
    httpMethod: 'ANY',
    uri: `arn:aws:apigateway:us-east-1:${uri}`,
    requestParameters: {
      'integration.request.path.key': 'method.request.path.key',
      'integration.request.header.Content-Type': 'method.request.header.Content-Type',
      'integration.request.header.x-amz-meta-owner': 'method.request.header.Owner',
      'integration.request.header.Range': 'method.request.header.Range',
      'integration.request.querystring.prefix': 'method.request.querystring.prefix',
    },
    integrationResponses: {
      200: {
        responseParameters: {
          'method.response.header.Content-Type': 'integration.response.header.Content-Type',
          'method.response.header.ETag': 'integration.response.header.ETag',
          'method.response.header.Owner': 'integration.response.header.x-amz-meta-owner',
        },
      },
      206: { selectionPattern: '206' },
      404: {
        selectionPattern: '404',
        responseTemplates: { 'application/json': '{"found": false}' },
      },
    },
  }
  const diagnostics = house.deploy(apiId, {
    api: { binaryMediaTypes: ['*/*'] },
    paths: { '/o/{key+}': { ANY: { integration } } },
  })
  expect(diagnostics).toEqual([])
}

const KEY = '/o/2024/a%2Bb+c%20(1)=%C3%BC@$,!*;%25.bin'

for (const uri of ['s3:path/photos/{key}', 'photos.s3:path/{key}']) {
  test(`S3 by ${uri}: objects with odd keys, their metadata, parts of them`, async () => {
    const apiId = uri.startsWith('s3') ? 'bypath' : 'byhost'
    deployObjects(apiId, uri)
    const send = (method: string, target: string, headers: string[] = [], body?: string): Promise<RawReply> =>
      house.send(apiId, { method, target, headers, ...(body !== undefined && { body }) })
    const bytes = Array.from({ length: 200_000 }, (_, at) => String.fromCharCode((at * 7) % 256)).join('')
    const headers = ['Content-Type: application/x-thing', 'Owner: me']
    expect((await send('PUT', KEY, headers, bytes)).status).toBe(200)
    const got = await send('GET', KEY)
    expect([got.status, got.header('content-type'), got.header('owner')]).toEqual([
      200,
      'application/x-thing',
      'me',
    ])
    expect(got.header('etag')).toMatch(/^"[0-9a-f]{32}"$/)
    expect(got.body === bytes).toBe(true)
    const part = await send('GET', KEY, ['Range: bytes=2-5'])
    expect([part.status, part.body]).toEqual([206, bytes.slice(2, 6)])
    expect((await send('HEAD', KEY)).status).toBe(200)
    expect((await send('DELETE', KEY)).status).toBe(200)
    const gone = await send('GET', KEY)
    expect([gone.status, gone.body]).toEqual([404, '{"found": false}'])
  })
}
