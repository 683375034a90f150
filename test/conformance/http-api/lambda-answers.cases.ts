import { answering, returning, type FunctionBehaviour } from '../rest/support/functions.ts'
import type { HttpApiCase } from './support/case.ts'
import { toFunction } from './support/definition.ts'

const guide = 'developer guide, "Lambda function response for format 2.0"; recorded on AWS'

const of = (
  name: string,
  f: FunctionBehaviour,
  expect: HttpApiCase['expect'],
  payloadFormatVersion: '1.0' | '2.0' = '2.0',
): HttpApiCase => ({
  name: `${payloadFormatVersion}: ${name}`,
  source: guide,
  api: { routes: { 'ANY /f': toFunction('f', { payloadFormatVersion }) } },
  functions: { f },
  request: { target: '/f' },
  expect,
})

const JSON_TYPE = { 'Content-Type': 'application/json' }
const TEXT_TYPE = { 'Content-Type': 'text/plain; charset=utf-8' }

/** What the function's answer is, without a status code → the body. */
const inferred: readonly (readonly [name: string, answer: string, body: string])[] = [
  ['an object', '{"name": "John Doe", "age": 30}', '{"name": "John Doe", "age": 30}'],
  ['a list', '[1, 2, 3, 4, 5]', '[1, 2, 3, 4, 5]'],
  ['a text', '"Hello from Lambda!"', 'Hello from Lambda!'],
  ['a text with quotes', '"Special \\"quoted\\" text"', 'Special "quoted" text'],
  ['a number', '5', '5'],
  ['null', 'null', 'null'],
  ['nothing', '', ''],
  ['what is no JSON', '{"name": "John Doe", "age":', '{"name": "John Doe", "age":'],
  ['a text without quotes', 'test', 'test'],
  ['an object with a body', '{"body":"x"}', '{"body":"x"}'],
]

export const lambdaAnswerCases: readonly HttpApiCase[] = [
  ...inferred.map(([name, answer, body]) =>
    of(`${name} is the body of a 200`, answering(answer), { status: 200, body, header: JSON_TYPE }),
  ),
  of(
    'the whole form',
    returning({
      statusCode: 201,
      headers: { myheader: 'test,other', 'x-number': 5, 'Content-Length': '1000' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: '{"message":"Created"}',
    }),
    {
      status: 201,
      headers: [
        'Apigw-Requestid: <id>',
        'Myheader: test,other',
        'X-Number: 5',
        'Set-Cookie: a=1; Path=/',
        'Set-Cookie: b=2',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Length: 21',
      ],
      body: '{"message":"Created"}',
    },
  ),
  of('base64', returning({ statusCode: 200, body: 'AAH/', isBase64Encoded: true }), {
    status: 200,
    body: '\u0000\u0001\u00ff',
    header: TEXT_TYPE,
  }),
  of('a status code that is a text', returning({ statusCode: '204' }), { status: 204 }),
  of('a body that is an object is its JSON', returning({ statusCode: 200, body: { a: 1 } }), {
    status: 200,
    body: '{"a":1}',
  }),
  of('a header cannot end its line', returning({ statusCode: 200, headers: { 'x-a': 'b\r\nx-c: d' } }), {
    status: 200,
    header: { 'X-A': 'b  x-c: d', 'x-c': null },
  }),
  of(
    'a cookie cannot end its line, nor a name begin one',
    returning({
      statusCode: 200,
      cookies: ['a=1\r\nX-C: d'],
      headers: { constructor: 'a', __proto__x: 'b' },
    }),
    { status: 200, header: { 'Set-Cookie': 'a=1  X-C: d', 'X-C': null, Constructor: 'a', __proto__x: 'b' } },
  ),
  of(
    'whose request it is says the gateway',
    returning({ statusCode: 200, headers: { 'APIGW-RequestId': 'x' } }),
    {
      status: 200,
      headers: ['Apigw-Requestid: <id>', 'Content-Type: text/plain; charset=utf-8', 'Content-Length: 0'],
    },
  ),
  ...[204, 304].map((statusCode) =>
    of(`a ${statusCode} with a body has none`, returning({ statusCode, body: 'x' }), {
      status: statusCode,
      headers: ['Apigw-Requestid: <id>', 'Content-Type: text/plain; charset=utf-8'],
      body: '',
    }),
  ),
  of('of two status codes the last counts', answering('{"statusCode":200,"statusCode":202}'), {
    status: 202,
  }),
  of(
    'both kinds of headers',
    returning({
      statusCode: 200,
      headers: { headername: 'headervalue', myheader: 'test,other' },
      multiValueHeaders: { anotherheader: ['secondvalue'], headername: ['headervalue2'] },
      body: '{}',
    }),
    {
      status: 200,
      headers: [
        'Apigw-Requestid: <id>',
        'Headername: headervalue',
        'Myheader: test,other',
        'Anotherheader: secondvalue',
        'Headername: headervalue2',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Length: 2',
      ],
    },
    '1.0',
  ),
]
