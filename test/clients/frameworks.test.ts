import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { requestText, sendRaw, type RawReply, type RawRequest } from '../conformance/rest/support/raw-http.ts'
import { expectAsRow, frameworks, rowsOf } from './support/framework-rows.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// Applications of frameworks behind AWS_PROXY, with the adapters that their users take: what clients see.

const account = '000000000000'
let gateway: GatewayProcess
let caller: AwsCaller

beforeAll(async () => {
  gateway = await startGatewayProcess()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  caller = createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials })
})

afterAll(async () => {
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})

/** Everything below the root goes to a function whose handler is that of `frameworks/{name}.mjs`. @returns the API's id */
async function deploy(name: string): Promise<string> {
  const { FunctionArn } = (await caller.call('lambda', 'POST', '/2015-03-31/functions', {
    FunctionName: name,
    Runtime: 'nodejs20.x',
    Handler: `${name}.handler`,
    Role: `arn:aws:iam::${account}:role/any`,
    Timeout: 30,
    Code: { S3Bucket: 'hot-reload', S3Key: join(import.meta.dir, 'frameworks') },
  })) as { FunctionArn: string }
  const any = {
    'x-amazon-apigateway-any-method': {
      'x-amazon-apigateway-integration': {
        type: 'aws_proxy',
        httpMethod: 'POST',
        uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
      },
    },
  }
  const { id } = (await caller.call('apigateway', 'POST', '/restapis?mode=import', {
    openapi: '3.0.1',
    info: { title: name, version: '1' },
    'x-amazon-apigateway-binary-media-types': ['*/*'],
    paths: { '/': any, '/{proxy+}': any },
  })) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  return id
}

for (const name of frameworks) {
  describe(name, () => {
    let id: string
    beforeAll(async () => {
      id = await deploy(name)
    }, 60_000)

    for (const row of rowsOf(name)) {
      test(row.what, async () => {
        const reply = await send(id, row.request)
        expectAsRow(reply, row)
      })
    }
  })
}

function send(apiId: string, request: RawRequest): Promise<RawReply> {
  const host = `${apiId}.execute-api.us-east-1.localhost`
  return sendRaw(gateway.port, requestText(host, { ...request, target: `/dev${request.target}` }))
}
