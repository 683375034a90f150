import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { awsLimits, noLimits } from '#data-plane/limits.ts'
import { defaultHttpLimits } from '#http/limits.ts'
import {
  integrationTimeoutMs,
  liftedIntegrationTimeoutMs,
  liftedRoutedTimeoutMs,
  routedTimeoutMs,
} from '#model/quotas.ts'
import { readConfig } from './config.ts'
import { trafficLimits, trafficLimitTable, type TrafficLimits } from './traffic-limits.ts'

function given(...flags: readonly string[]): TrafficLimits {
  const texts = new Map<string, string[]>()
  for (const flag of flags) {
    const [name = '', ...value] = flag.split(' ')
    texts.set(name, [...(texts.get(name) ?? []), value.join(' ')])
  }
  return trafficLimits(readConfig({ flags: texts, environment: {} }))
}

test("AWS's hold unless something else is said", () => {
  const { dataPlane, http, integrationTimeouts, routedTimeouts } = given()
  expect(dataPlane).toEqual(awsLimits)
  expect(given().waitMsMax).toBe(200)
  expect(defaultHttpLimits).toMatchObject(http)
  expect(integrationTimeouts).toBe(integrationTimeoutMs)
  expect(routedTimeouts).toBe(routedTimeoutMs)
})

test('none lifts all that can be', () => {
  const { dataPlane, http, waitMsMax, integrationTimeouts, routedTimeouts } = given('limits none')
  expect(waitMsMax).toBe(Infinity)
  expect(dataPlane).toEqual(noLimits)
  expect(http.headerBytesMax).toBe(1_048_576)
  expect(integrationTimeouts).toBe(liftedIntegrationTimeoutMs)
  expect(routedTimeouts).toBe(liftedRoutedTimeoutMs)
})

test('a single limit, whatever holds otherwise', () => {
  expect(given('limit requestBytes=5').dataPlane).toEqual({ ...awsLimits, requestBodyBytesMax: 5 })
  expect(given('limits none', 'limit streamMs=5').dataPlane).toEqual({ ...noLimits, streamMsMax: 5 })
  expect(given('limit headerBytes=20480').http.headerBytesMax).toBe(20_480)
})

test('a larger payload may be held, too, as long as there is a bound', () => {
  expect(given('payload-limit 50000000').dataPlane).toMatchObject({
    requestBodyBytesMax: 50_000_000,
    responseBodyBytesMax: 50_000_000,
    heldBodyBytesMax: 50_000_000,
  })
  expect(given('limit requestBytes=none').dataPlane.heldBodyBytesMax).toBe(noLimits.heldBodyBytesMax)
  expect(given('limit requestBytes=none,heldBytes=7').dataPlane.heldBodyBytesMax).toBe(7)
})

test('an integration timeout without bound is that of integrations that say nothing, too', () => {
  expect(given('integration-timeout 60000').dataPlane).toMatchObject({
    integrationTimeoutMsMax: 60_000,
    integrationTimeoutMsDefault: 29_000,
  })
  expect(given('limit integrationMs=none').dataPlane.integrationTimeoutMsDefault).toBe(Infinity)
})

for (const text of ['requestBytes', 'bytes=5', 'requestBytes=-1', 'requestBytes=0', 'headerBytes=2000000']) {
  test(`not a limit: ${text}`, () => expect(() => given(`limit ${text}`)).toThrow('--limit: '))
}

test('every limit is documented with its values', () => {
  const page = readFileSync(join(import.meta.dir, '../../docs/running.md'), 'utf8')
  for (const [name, { aws, none }] of Object.entries(trafficLimitTable)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``))
    const cells = row?.split('|').map((cell) => cell.trim()) ?? []
    const shown = [aws, none].map((value) => (value === Infinity ? 'none' : String(value)))
    expect([name, ...cells.slice(2, 4)]).toEqual([name, ...shown])
  }
})
