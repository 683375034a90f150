import { expect, test } from 'bun:test'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import { createLocalGuard } from './local-guard.ts'

function refusal(fields: string[], anySignature = true, allowed: string[] = []): string | undefined {
  const request = { headers: new Headers(fields) } as HttpRequest
  return createLocalGuard(anySignature, allowed).refusal(request)
}

const passing: readonly string[][] = [
  ['Host', 'localhost:4566'],
  ['Host', '127.0.0.1:4566'],
  ['Host', '[::1]:4566'],
  ['Host', '192.168.0.7'],
  ['Host', 'gatehouse:4566'],
  ['Host', 'apigateway.us-east-1.amazonaws.com'],
  ['Host', 'localhost.localstack.cloud:4566'],
  ['Host', 'host.docker.internal:4566'],
  ['Host', 'API.localhost:4566', 'Origin', 'http://localhost:3000'],
  ['Host', 'localhost', 'Origin', 'http://127.0.0.1:3000'],
  ['Host', 'localhost', 'Origin', 'http://[::1]:3000'],
  ['Host', 'localhost', 'Origin', 'http://app.localhost'],
]
for (const fields of passing)
  test(`passes: ${fields.join(' ')}`, () => expect(refusal(fields)).toBeUndefined())

const stopped: readonly string[][] = [
  ['Host', 'evil.example:4566'],
  ['Host', 'localhost.evil.example'],
  ['Host', 'amazonaws.com.evil.example'],
  ['Host', ''],
  [],
  ['Host', 'localhost', 'Origin', 'https://evil.example'],
  ['Host', 'localhost', 'Origin', 'null'],
  ['Host', 'localhost', 'Origin', ''],
  ['Host', 'localhost', 'Origin', 'https://bucket.s3.amazonaws.com'],
  ['Host', 'localhost', 'Origin', 'http://192.168.0.7'],
  ['Host', 'localhost', 'Origin', 'http://intranet'],
  ['Host', 'localhost', 'Origin', 'http://127.0.0.1.evil.example'],
  ['Host', 'evilamazonaws.com'],
  ['Host', 'notlocalhost.com'],
]
for (const fields of stopped)
  test(`is stopped: ${fields.join(' ')}`, () => expect(refusal(fields)).toBeString())

test('with credentials any Host will do, a foreign Origin never', () => {
  expect(refusal(['Host', 'gateway.example'], false)).toBeUndefined()
  expect(refusal(['Host', 'gateway.example', 'Origin', 'https://evil.example'], false)).toBeString()
})

test('a name can be allowed', () => {
  expect(
    refusal(['Host', 'dev.example:4566', 'Origin', 'https://dev.example'], true, ['dev.example']),
  ).toBeUndefined()
})
