import * as sdk from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startControlPlane, type RunningControlPlane } from './support/control-plane.ts'
import { commandNames, describeOperations, loadTable, operationNames } from './support/operations.ts'

const table = await loadTable('apigateway')
const operations = operationNames(table)

let controlPlane: RunningControlPlane
let client: sdk.APIGatewayClient
beforeAll(() => {
  controlPlane = startControlPlane()
  client = new sdk.APIGatewayClient({
    endpoint: controlPlane.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
})
afterAll(async () => {
  client.destroy()
  await controlPlane[Symbol.asyncDispose]()
})

type Command = Parameters<sdk.APIGatewayClient['send']>[0]

function send(operation: string, input: object): Promise<unknown> {
  const commands = sdk as unknown as Readonly<Record<string, new (given: object) => Command>>
  const Made = commands[`${operation}Command`] as new (given: object) => Command
  return client.send(new Made(input))
}

test('the SDK has no operation that is not in this table', () => {
  expect(operations.toSorted()).toEqual(commandNames(sdk).toSorted())
})

describeOperations({
  table,
  operations,
  send,
  forms: {
    statusCode: '200',
    resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/nothing',
    startDate: '2026-01-01',
    endDate: '2026-01-02',
  },
  validationCode: 'ValidationException',
  // A usage plan that is not there has no keys (recorded on AWS).
  findsNothing: ['GetUsagePlanKeys'],
})
