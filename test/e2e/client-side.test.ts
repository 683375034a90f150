import { CreateDeploymentCommand, ImportRestApiCommand, APIGatewayClient } from '@aws-sdk/client-api-gateway'
import { afterEach, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { endGateways, startGatewayProcess } from '../support/gateway-process.ts'

afterEach(endGateways)

/** Answers whom it takes for the client, and what it was sent. */
const document = {
  openapi: '3.0.1',
  info: { title: 'who', version: '1' },
  'x-amazon-apigateway-minimum-compression-size': 0,
  paths: {
    '/who': {
      post: {
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: {
            'application/json':
              '#set($context.responseOverride.header.sent = $input.body){"statusCode": 200}',
          },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: { 'application/json': '$context.identity.sourceIp' },
            },
          },
        },
      },
    },
  },
}

test('a trusted proxy tells the client; bodies are compressed both ways', async () => {
  const gateway = await startGatewayProcess({ arguments: ['--trusted-proxies', '127.0.0.1,::1'] })
  const client = new APIGatewayClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const { id } = await client.send(new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }))
  await client.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'prod' }))
  const reply = await fetch(`${gateway.url}/_aws/execute-api/${id}/prod/who`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Content-Encoding': 'gzip',
      'Accept-Encoding': 'gzip',
      'X-Forwarded-For': '6.6.6.6, 203.0.113.9',
    },
    body: gzipSync('{"a":1}'),
  })
  expect(reply.headers.get('content-encoding')).toBe('gzip')
  expect(await reply.text()).toBe('203.0.113.9')
  expect(reply.headers.get('sent')).toBe('{"a":1}')
  expect(await gateway.stop()).toBe(0)
}, 60_000)
