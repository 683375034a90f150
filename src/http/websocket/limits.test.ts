import { expect, test } from 'bun:test'
import { defaultWebSocketLimits } from './limits.ts'

test('the limits are those of AWS', () => {
  expect(defaultWebSocketLimits).toMatchObject({
    frameBytesMax: 32_768,
    messageBytesMax: 131_072,
    idleTimeoutMs: 600_000,
    lifetimeMs: 7_200_000,
  })
})
