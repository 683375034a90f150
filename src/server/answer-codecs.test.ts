import { expect, test } from 'bun:test'
import { readAuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import { readRequestAnswer } from '#data-plane/authorizers/request-answer.ts'
import type { KeptResponse } from '#data-plane/stage-cache/kept-response.ts'
import { authorizerAnswerCodec, responseCodec } from './answer-codecs.ts'

test('an answer of an authorizer comes back as it was, ready to decide', () => {
  const policyDocument = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
  }
  const given = { principalId: 'mé', policyDocument, context: { a: 1, b: true }, usageIdentifierKey: 'key' }
  const answer = readAuthorizerAnswer(Buffer.from(JSON.stringify(given)), 'request')
  const { evaluate, bytes: _bytes, ...plain } = answer
  const back = authorizerAnswerCodec.decode(authorizerAnswerCodec.encode(answer) as Uint8Array)?.answer
  expect(back).toMatchObject(plain)
  expect(back?.evaluate.length).toBe(evaluate.length)
  const without = readAuthorizerAnswer(Buffer.from(JSON.stringify({ principalId: 'p', policyDocument })))
  const again = authorizerAnswerCodec.decode(authorizerAnswerCodec.encode(without) as Uint8Array)?.answer
  expect(again).toMatchObject({ principalId: 'p', requestId: undefined, usageIdentifierKey: undefined })
})

test("answers of HTTP APIs' authorizers, too", () => {
  const context = { level: 3, nested: { a: ['b'] } }
  const Statement = [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: '*' }]
  const policyDocument = { Version: '2012-10-17', Statement }
  const answers = [
    readRequestAnswer(Buffer.from(JSON.stringify({ isAuthorized: true, context })), true, 'request'),
    readRequestAnswer(Buffer.from('{"isAuthorized":false}'), true, undefined),
    readRequestAnswer(Buffer.from(JSON.stringify({ principalId: 'p', policyDocument })), false, 'request'),
  ]
  const request = {
    principal: {},
    action: 'execute-api:Invoke',
    resource: 'arn:aws:execute-api:us-east-1:123456789012:api/$default/GET/x',
    context: new Map<string, string>(),
  }
  for (const answer of answers) {
    const { evaluate, bytes: _bytes, ...plain } = answer
    const back = authorizerAnswerCodec.decode(authorizerAnswerCodec.encode(answer) as Uint8Array)?.answer
    expect(back).toMatchObject(plain)
    expect(back?.evaluate(request).decision).toBe(evaluate(request).decision)
  }
})

test('responses come back byte for byte; sealed ones only where others can open them', () => {
  const head = { status: 201, reason: 'Créé', headers: ['X-A', '1', 'X-A', 'ä'], traceAt: -1 }
  const plain: KeptResponse = { freshUntilMs: 1.5e12, head, body: new Uint8Array([0, 255, 13, 10]) }
  const sealed: KeptResponse = { freshUntilMs: 7, sealed: new Uint8Array([9, 8, 7]) }
  const [all, own] = [responseCodec(true), responseCodec(false)]
  for (const kept of [plain, sealed]) {
    const back = all.decode(all.encode(kept) as Uint8Array)?.answer
    expect(JSON.stringify(bytesAsList(back))).toBe(JSON.stringify(bytesAsList(kept)))
  }
  expect(own.encode(sealed)).toBeUndefined()
  expect(own.encode(plain)).toBeDefined()
})

function bytesAsList(kept: KeptResponse | undefined): unknown {
  if (kept?.sealed !== undefined) return { ...kept, sealed: [...kept.sealed] }
  return { ...kept, body: [...(kept?.body ?? [])] }
}
