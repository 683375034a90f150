import { describe, expect, test } from 'bun:test'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { readProxyResponse } from './lambda-proxy-response.ts'

function read(payload: string, acceptsBinary = false): { status: number; headers: string[]; body: string } {
  const { status, headers, body } = readProxyResponse(Buffer.from(payload), () => acceptsBinary)
  return {
    status,
    headers: headers.raw,
    body: Buffer.from(body.bytes(1000) as Uint8Array).toString('latin1'),
  }
}

const accepted: readonly {
  readonly name: string
  readonly answer: unknown
  readonly status?: number
  readonly headers?: string[]
  readonly body?: string
  readonly acceptsBinary?: boolean
}[] = [
  { name: 'nothing at all', answer: {} },
  { name: 'headers alone', answer: { headers: { 'X-A': 'b' } }, headers: ['X-A', 'b'] },
  { name: 'a status', answer: { statusCode: 418 }, status: 418 },
  { name: 'a status as text', answer: { statusCode: '201' }, status: 201 },
  { name: 'a body', answer: { body: 'hello' }, body: 'hello' },
  { name: 'no body', answer: { body: null } },
  { name: 'a body in UTF-8', answer: { body: 'é' }, body: '\xc3\xa9' },
  { name: 'headers null', answer: { headers: null, multiValueHeaders: null } },
  {
    name: 'header values of other kinds',
    answer: { headers: { a: true, b: false, c: 0 } },
    headers: ['a', 'true', 'b', 'false', 'c', '0'],
  },
  {
    name: 'several values',
    answer: { multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] } },
    headers: ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
  },
  {
    name: 'both: multi values first, in their spelling',
    answer: { headers: { 'test-multi': 'solo', other: 'x' }, multiValueHeaders: { 'tesT-Multi': ['multi'] } },
    headers: ['tesT-Multi', 'multi', 'tesT-Multi', 'solo', 'other', 'x'],
  },
  {
    name: 'both with the same value: once',
    answer: { headers: { a: '1' }, multiValueHeaders: { a: ['1'] } },
    headers: ['a', '1'],
  },
  {
    name: 'headers that the gateway owns come back under another name',
    answer: {
      headers: {
        Connection: 'x',
        'Content-Length': '9',
        Date: 'd',
        Server: 's',
        'transfer-encoding': 'chunked',
      },
    },
    headers: [
      'x-amzn-Remapped-Connection',
      'x',
      'x-amzn-Remapped-Content-Length',
      '9',
      'x-amzn-Remapped-Date',
      'd',
      'x-amzn-Remapped-Server',
      's',
    ],
  },
  {
    name: 'line ends in values cannot split the response',
    answer: { headers: { a: 'b\r\nSet-Cookie: c' } },
    headers: ['a', 'b  Set-Cookie: c'],
  },
  {
    name: 'text beyond latin1 goes out as UTF-8',
    answer: { headers: { a: '→' } },
    headers: ['a', '\xe2\x86\x92'],
  },
  {
    name: 'base64 where binary is accepted',
    answer: { body: 'AQL/', isBase64Encoded: true },
    acceptsBinary: true,
    body: '\x01\x02\xff',
  },
  { name: 'base64 where it is not: the text', answer: { body: 'AQL/', isBase64Encoded: true }, body: 'AQL/' },
  {
    name: 'isBase64Encoded false',
    answer: { body: 'AQL/', isBase64Encoded: false },
    acceptsBinary: true,
    body: 'AQL/',
  },
]

const refused: readonly [name: string, payload: string][] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a string', '"hello"'],
  ['a number', '1'],
  ['a list', '[]'],
  ['no JSON', '{"statusCode":'],
  ['an unknown member', '{"statusCode":200,"cookies":[]}'],
  ['a member of nobody', '{"message":"hi"}'],
  ['a status that is no number', '{"statusCode":"ok"}'],
  ['a status with a fraction', '{"statusCode":200.5}'],
  ['a status out of range', '{"statusCode":600}'],
  ['an informational status', '{"statusCode":101}'],
  ['status null', '{"statusCode":null}'],
  ['headers as a list', '{"headers":["a"]}'],
  ['headers as text', '{"headers":"a"}'],
  ['a header that is an object', '{"headers":{"a":{}}}'],
  ['a header that is null', '{"headers":{"a":null}}'],
  ['multi values that are no list', '{"multiValueHeaders":{"a":"b"}}'],
  ['multi values that are objects', '{"multiValueHeaders":{"a":[{}]}}'],
  ['a header name that is none', '{"headers":{"a\\r\\nb":"c"}}'],
  ['an empty header name', '{"headers":{"":"c"}}'],
  ['a body that is an object', '{"body":{"a":1}}'],
  ['a body that is a number', '{"body":1}'],
]

describe('a proxy response', () => {
  for (const { name, answer, status = 200, headers = [], body = '', acceptsBinary } of accepted) {
    test(`takes ${name}`, () => {
      expect(read(JSON.stringify(answer), acceptsBinary)).toEqual({ status, headers, body })
    })
  }
  for (const [name, payload] of refused) {
    test(`refuses ${name}`, () => {
      let thrown: unknown
      try {
        read(payload)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(GatewayError)
      expect((thrown as GatewayError).status).toBe(502)
      expect((thrown as GatewayError).message).toStartWith('Malformed Lambda proxy response')
    })
  }
  test('refuses a body that is not the base64 it says it is', () => {
    expect(() => read('{"body":"***","isBase64Encoded":true}', true)).toThrow('body is not base64')
  })
})
