import * as sdk from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { DEFAULT_OVERLAY, OVERLAYS } from '#aws/overlay.ts'
import { ServiceTable, type Shape, type Structure } from '#aws/table.ts'
import { tables } from '#aws/tables/index.ts'
import { startControlPlane, type RunningControlPlane } from './support/control-plane.ts'

// Every operation that the SDK has, by the SDK: it is there, it looks at what it is given, and what it refuses it
// refuses with an error of the service's model.

const meta = tables['apigateway'] as (typeof tables)[string]
const table = new ServiceTable(
  'apigateway',
  meta,
  OVERLAYS['apigateway'] ?? DEFAULT_OVERLAY,
  await meta.load(),
)
const operations = [...table.bindings()].map(([name]) => name)

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

/** Something for every member that must be there; nothing of it exists. */
function minimal(structure: Structure | undefined): Record<string, unknown> {
  const required = (structure?.members ?? []).filter((member) => member.required)
  return Object.fromEntries(required.map(({ name, shape }) => [name, FORMS[name] ?? valueOf(shape)]))
}

/** Members whose form is looked at before what they name. */
const FORMS: Readonly<Record<string, string>> = {
  statusCode: '200',
  resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/nothing',
  startDate: '2026-01-01',
  endDate: '2026-01-02',
}

function valueOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'string':
      return shape.values?.[0] ?? 'nothing'
    case 'structure':
      return minimal(shape)
    case 'list':
      return [valueOf(shape.of)]
    case 'map':
      return { any: valueOf(shape.of) }
    case 'blob':
      return Buffer.from('nothing')
    case 'boolean':
      return true
    default:
      return 1
  }
}

/** The name of the error that came of it; undefined when it was done. */
async function refusal(operation: string, input: object): Promise<string | undefined> {
  try {
    await send(operation, input)
    return undefined
  } catch (error) {
    return (error as Error).name
  }
}

test('the SDK has no operation that is not in this table', () => {
  const commands = Object.keys(sdk).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? [])
  expect(operations.toSorted()).toEqual(commands.filter((name) => name !== '$').toSorted())
})

describe.each(operations)('%s', (name) => {
  const operation = table.operation(name)
  const input = minimal(operation?.input)

  test('is done, or refused with an error of its own', async () => {
    const expected = [undefined, ...(operation?.errors ?? []), 'ValidationException']
    expect(expected).toContain(await refusal(name, input))
  })

  const labels = (operation?.input?.members ?? []).filter(({ place }) => place === 'label')
  const others = (operation?.input?.members ?? []).filter(
    ({ required, place }) => required && place !== 'label',
  )
  for (const { name: member } of others) {
    test(`needs ${member}`, async () => {
      const without = Object.fromEntries(Object.entries(input).filter(([given]) => given !== member))
      expect(['ValidationException', 'BadRequestException', 'NotFoundException']).toContain(
        (await refusal(name, without)) ?? 'done',
      )
    })
  }
  for (const { name: member, shape, place } of operation?.input?.members ?? []) {
    if (shape.kind !== 'string' || shape.values === undefined || place !== 'body') continue
    test(`takes no other ${member} than there are`, async () => {
      expect(['ValidationException', 'BadRequestException']).toContain(
        (await refusal(name, { ...input, [member]: 'another' })) ?? 'done',
      )
    })
  }
  // A usage plan that is not there has no keys (recorded on AWS).
  if (labels.length > 0 && /^(?:Delete|Get|Update)/.test(name) && name !== 'GetUsagePlanKeys') {
    test('does not find what is not there', async () => {
      expect(await refusal(name, input)).toBe('NotFoundException')
    })
  }
})
