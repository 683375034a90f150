import { expect, test } from 'bun:test'
import type { Integration } from '#model/rest-api.ts'
import { integrationTimeout, type IntegrationTimeout } from './integration-timeout.ts'
import { awsLimits, noLimits, type DataPlaneLimits } from './limits.ts'

const raised: DataPlaneLimits = { ...awsLimits, integrationTimeoutMsMax: 60_000 }

const cases: readonly [
  what: string,
  asked: number,
  mode: Integration['responseTransferMode'],
  limits: DataPlaneLimits,
  expected: IntegrationTimeout,
][] = [
  ['less than the default', 50, undefined, awsLimits, { timeoutMs: 50 }],
  ['the default', 29_000, 'BUFFERED', awsLimits, { timeoutMs: 29_000 }],
  ['more than there is', 30_000, undefined, awsLimits, { timeoutMs: 29_000, cutFromMs: 30_000 }],
  ['more, where there is more', 30_000, undefined, raised, { timeoutMs: 30_000 }],
  ['the default, where there is more', 29_000, undefined, raised, { timeoutMs: 29_000 }],
  ['streamed', 900_000, 'STREAM', awsLimits, { timeoutMs: 900_000 }],
  ['the default, streamed', 29_000, 'STREAM', awsLimits, { timeoutMs: 29_000 }],
  ['the default, without limits', 29_000, undefined, noLimits, { timeoutMs: Infinity }],
  ['the default, streamed without limits', 29_000, 'STREAM', noLimits, { timeoutMs: Infinity }],
  ['what is asked for, without limits', 1000, undefined, noLimits, { timeoutMs: 1000 }],
]

for (const [what, timeoutInMillis, responseTransferMode, limits, expected] of cases) {
  test(what, () => {
    const integration = { type: 'HTTP_PROXY', timeoutInMillis, responseTransferMode } as Integration
    expect(integrationTimeout(integration, limits)).toEqual(expected)
  })
}
