import { afterAll, beforeAll, expect, test } from 'bun:test'
import kinesalite from 'kinesalite'
import type { AddressInfo } from 'node:net'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import type { RawReply } from '../rest/support/raw-http.ts'
import { defineHttpApi } from './support/definition.ts'

// Service actions with a server that others wrote, which reads what we send.

const KEYS = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret' }
const kinesis = kinesalite({ createStreamMs: 0 })
let house: House
let endpoint: string

beforeAll(async () => {
  await new Promise<void>((resolve) => kinesis.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(kinesis.address() as AddressInfo).port}`
  const environment = { AWS_ENDPOINT_URL_KINESIS: endpoint }
  house = await startHouse({ aws: { environment, own: async () => KEYS } })
  await ask('CreateStream', { StreamName: 'orders', ShardCount: 1 })
  const { snapshot, stage } = defineHttpApi('records', {
    routes: {
      'POST /{stream}': {
        integration: {
          integrationType: 'AWS_PROXY',
          integrationSubtype: 'Kinesis-PutRecord',
          requestParameters: {
            StreamName: '$request.path.stream',
            Data: '$request.body.data',
            PartitionKey: '$request.body.key',
          },
        },
      },
    },
  })
  house.planTable.swap(compileHttpApi(snapshot, stage).plan)
})
afterAll(async () => {
  await house.stop()
  await new Promise((resolve) => kinesis.close(resolve))
})

type Json = Readonly<Record<string, unknown>>

/** As its own clients do. */
async function ask(action: string, input: Json): Promise<Json> {
  const reply = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'X-Amz-Target': `Kinesis_20131202.${action}`,
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Date': '20260101T000000Z',
      Authorization:
        'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=x',
    },
    body: JSON.stringify(input),
  })
  const text = await reply.text()
  return text === '' ? {} : (JSON.parse(text) as Json)
}

function put(stream: string, record: Json): Promise<RawReply> {
  return house.send('records', { method: 'POST', target: `raw:/${stream}`, body: JSON.stringify(record) })
}

test('a record is in its stream', async () => {
  const reply = await put('orders', { data: Buffer.from('é, a record').toString('base64'), key: 'k/1' })
  expect(reply.status).toBe(200)
  expect(reply.header('x-amzn-requestid')).toBeDefined()
  const { ShardId, SequenceNumber } = JSON.parse(reply.body) as Json
  const { ShardIterator } = await ask('GetShardIterator', {
    StreamName: 'orders',
    ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const { Records } = (await ask('GetRecords', { ShardIterator })) as { Records: readonly Json[] }
  expect(Records).toMatchObject([{ PartitionKey: 'k/1', SequenceNumber }])
  expect(Buffer.from(String(Records[0]?.['Data']), 'base64').toString()).toBe('é, a record')
})

test('a stream that there is not, and data that is not base64, are 500', async () => {
  expect((await put('none', { data: 'eA==', key: 'k' })).status).toBe(500)
  expect((await put('orders', { data: 'no base64', key: 'k' })).status).toBe(500)
})
