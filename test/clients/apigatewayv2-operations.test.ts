import * as sdk from '@aws-sdk/client-apigatewayv2'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayV2Handlers } from '#control-plane/apigatewayv2/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { startControlPlane, type RunningControlPlane } from './support/control-plane.ts'
import { commandNames, describeOperations, loadTable, operationNames } from './support/operations.ts'

const table = await loadTable('apigatewayv2')
const store = openSqliteStore({ path: ':memory:', log: silentLog })
const handlers = apiGatewayV2Handlers({ store, clock: systemClock, log: silentLog })
const operations = operationNames(table).filter((name) => Object.hasOwn(handlers, name))

let controlPlane: RunningControlPlane
let client: sdk.ApiGatewayV2Client
beforeAll(() => {
  controlPlane = startControlPlane()
  client = new sdk.ApiGatewayV2Client({
    endpoint: controlPlane.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
})
afterAll(async () => {
  client.destroy()
  await controlPlane[Symbol.asyncDispose]()
  await store.close()
})

type Command = Parameters<sdk.ApiGatewayV2Client['send']>[0]

function send(operation: string, input: object): Promise<unknown> {
  const commands = sdk as unknown as Readonly<Record<string, new (given: object) => Command>>
  const Made = commands[`${operation}Command`] as new (given: object) => Command
  return client.send(new Made(input))
}

test('the table has every operation of the SDK', () => {
  expect(operationNames(table).toSorted()).toEqual(commandNames(sdk).toSorted())
})

test('dates are whole seconds, and answers come in pages', async () => {
  for (const Name of ['one', 'two', 'three']) {
    await client.send(new sdk.CreateApiCommand({ Name, ProtocolType: 'HTTP' }))
  }
  const found: sdk.Api[] = []
  let NextToken: string | undefined
  do {
    const page: sdk.GetApisResponse = await client.send(
      new sdk.GetApisCommand({ MaxResults: '2', ...(NextToken !== undefined && { NextToken }) }),
    )
    found.push(...(page.Items ?? []))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  expect(new Set(found.map(({ Name }) => Name))).toEqual(new Set(['one', 'two', 'three']))
  expect(found).toHaveLength(3)
  expect(found.map(({ CreatedDate }) => CreatedDate?.getMilliseconds())).toEqual([0, 0, 0])
})

describeOperations({
  table,
  operations,
  send,
  forms: { ResourceArn: 'arn:aws:apigateway:us-east-1::/apis/nothing' },
  validationCode: 'BadRequestException',
  // The operation has no such error.
  findsNothing: ['DeletePortal'],
})
