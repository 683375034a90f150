import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { checkLogFormat, logFormatBytesMax } from './check.ts'
import { compileLogFormat, logFormatNames, type LogFormat } from './compile.ts'
import type { LogValue } from './style.ts'
import { logVariables, type LogKind } from './variables.ts'

/** Quotes, a line end, an element, a comma: what would break each style. */
const EVIL = 'a"b\\c\nd<e>&\',f\u2028'

type Values = Readonly<Record<string, LogValue>>

const values: Values = {
  accountId: '123456789012',
  apiId: 'abc',
  stage: 'prod',
  requestId: 'id-1',
  extendedRequestId: 'ext=',
  requestTime: '14/Apr/2025:22:11:01 +0000',
  requestTimeEpoch: 1744668661000,
  httpMethod: 'GET',
  resourcePath: '/pets/{id}',
  routeKey: 'GET /pets/{id}',
  path: '/prod/pets/1',
  protocol: 'HTTP/1.1',
  isCanaryRequest: false,
  status: 200,
  responseLength: 34,
  responseLatency: 5,
  'identity.sourceIp': '127.0.0.1',
  'identity.userAgent': EVIL,
  'identity.user': '',
  'identity.caller': null,
  'error.message': 'no "pet"',
  'error.messageString': '"no \\"pet\\""',
  'responseOverride.status': 201,
  'authorizer.principalId': 'ann',
  'authorizer.key': 'value',
  'authorizer.numKey': '1',
  'authorizer.claims.cognito:username': 'ann',
}

/** A format of the variables that `values` has. */
const compiled = (format: string): LogFormat<Values> =>
  compileLogFormat(format, (name) => (Object.hasOwn(values, name) ? (given) => given[name] : undefined))

const cases: readonly (readonly [format: string, entry: string])[] = [
  // The developer guide's examples, "Setting up CloudWatch logging for a REST API".
  [
    '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] ' +
      '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId\n',
    '127.0.0.1 - - [14/Apr/2025:22:11:01 +0000] "GET /pets/{id} HTTP/1.1" 200 34 id-1\n',
  ],
  [
    '{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "user":"$context.identity.user", "status":"$context.status" }',
    '{ "requestId":"id-1", "ip": "127.0.0.1", "user":"-", "status":"200" }',
  ],
  [
    '<request id="$context.requestId"><ip>$context.identity.sourceIp</ip><user>$context.identity.user</user></request>',
    '<request id="id-1"><ip>127.0.0.1</ip><user>-</user></request>',
  ],
  ['$context.identity.sourceIp,$context.identity.user,$context.requestId', '127.0.0.1,-,id-1'],
  // Escapes, by style and place.
  ['{"ua":"$context.identity.userAgent"}', `{"ua":${JSON.stringify(EVIL)}}`],
  ['{"ua":$context.identity.userAgent}', `{"ua":${JSON.stringify(EVIL)}}`],
  ['<ua a="$context.identity.userAgent"/>', '<ua a="a&quot;b\\c&#xA;d&lt;e&gt;&amp;&apos;,f\u2028"/>'],
  ['$context.requestId,$context.identity.userAgent', 'id-1,"a""b\\c\\nd<e>&\',f\\u2028"'],
  ['"$context.requestId","$context.identity.userAgent"', '"id-1","a""b\\c\\nd<e>&\',f\\u2028"'],
  ['$context.requestId "$context.identity.userAgent"', 'id-1 "a\\"b\\\\c\\nd<e>&\',f\\u2028"'],
  ['$context.identity.userAgent $context.requestId', 'a\\"b\\\\c\\nd<e>&\',f\\u2028 id-1'],
  // JSON values without quotes stay JSON.
  [
    '{"status":$context.status,"canary":$context.isCanaryRequest,"waf":$context.waf.status,"n":$context.authorizer.numKey}',
    '{"status":200,"canary":false,"waf":null,"n":1}',
  ],
  [
    '{"m":$context.error.messageString,"t":"$context.error.messageString"}',
    '{"m":"no \\"pet\\"","t":"\\"no \\\\\\"pet\\\\\\"\\""}',
  ],
  ['{"a\\"$context.stage":1}', '{"a\\"prod":1}'],
  ['$context.error.messageString', '"no \\"pet\\""'.replaceAll(/["\\]/g, '\\$&')],
  // Names.
  ['$context.stage-blue', 'prod-blue'],
  ['$context.stage.', 'prod.'],
  ['$context.stage.example.com', 'prod.example.com'],
  ['$context.stage$context.status', 'prod200'],
  ['$context.authorizer.key $context.authorizer.none', 'value -'],
  ['$context.authorizer.claims.cognito:username', 'ann'],
  ['$context.authorizer.claims', '-'],
  ['$context.authorizer.principalId', 'ann'],
  ['$context.responseOverride.status $context.requestOverride.header.x', '201 -'],
  ['$context.nothing.here', '-'],
  [`$context.${'a.'.repeat(1000)}a`, '-'],
  [`$context.${'a'.repeat(64)}.b`, '-'],
  ['$context.constructor', '-'],
  ['$context $stageVariables.x $$', '$context $stageVariables.x $$'],
  ['$context.requestId\n$context.status\r\n', 'id-1 200\r\n'],
  ['', ''],
]

const findings: readonly (readonly [kind: LogKind, format: string, found: readonly string[]])[] = [
  ['REST', '$context.requestId $context.authorizer.x\n', []],
  ['HTTP', '{"id":"$context.extendedRequestId","status":$context.status}', []],
  ['WEBSOCKET', '$context.connectionId $context.requestId', []],
  [
    'REST',
    '$context.status',
    ['1:1 error Access Log format must include either $context.requestId or $context.extendedRequestId'],
  ],
  ['REST', '', ['1:1 error Access Log format must include']],
  ['REST', '$context.requestId\n x', ['1:19 error Access Log format must be single line']],
  [
    'REST',
    `$context.requestId ${'x'.repeat(logFormatBytesMax)}`,
    ['1:1 error the access log format has 3091 bytes'],
  ],
  ['REST', '$context.requestId $context.none', ['1:20 warning $context.none is no variable']],
  [
    'REST',
    '$context.requestId $context.routeKey',
    ['1:20 warning $context.routeKey has no value in REST APIs'],
  ],
  [
    'WEBSOCKET',
    '$context.requestId $context.httpMethod',
    ['1:20 warning $context.httpMethod has no value in WebSocket'],
  ],
  [
    'REST',
    '$context.requestId $input.body ${context.x}',
    ['1:20 warning $input.body', '1:32 warning ${context.x'],
  ],
  ['REST', '{"id":"$context.requestId",}', ['1:1 warning the format begins as JSON and is none']],
]

describe('an access log format', () => {
  for (const [format, entry] of cases) {
    test(JSON.stringify(format), () => expect(compiled(format)(values)).toBe(entry))
  }
  for (const [kind, format, found] of findings) {
    test(`${kind} ${JSON.stringify(format.slice(0, 60))}: ${found.length} findings`, () => {
      const told = checkLogFormat(format, kind).map(
        ({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`,
      )
      expect(told).toEqual(found.map((start) => expect.stringContaining(start)))
    })
  }

  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(EVIL), fc.integer(), fc.constant(null))
  const shown = (userAgent: string | number | null): Values => ({
    ...values,
    'identity.userAgent': userAgent,
  })
  const line = /^[^\p{Cc}\u2028\u2029]*$/u

  test('in JSON any value leaves the entry JSON, and comes back', () => {
    const format = compiled('{"a":"$context.identity.userAgent","b":$context.identity.userAgent,"c":[1]}')
    fc.assert(
      fc.property(value, (given) => {
        const { a, b, c } = JSON.parse(format(shown(given))) as Record<string, unknown>
        const there = given !== null && given !== ''
        expect(a).toBe(there ? (String(given).toWellFormed() === given ? given : String(given)) : '-')
        expect(there ? String(b) : b).toBe(there ? String(given) : null)
        expect(c).toEqual([1])
      }),
    )
  })
  test('in the other styles any value leaves the entry one line', () => {
    const formats = [
      '$context.requestId "$context.identity.userAgent"',
      '$context.stage,$context.identity.userAgent',
    ]
    fc.assert(
      fc.property(value, fc.constantFrom(...formats), (given, format) => {
        expect(compiled(format)(shown(given))).toMatch(line)
      }),
    )
  })
  test('a quoted value cannot leave its quotes', () => {
    const format = compiled('$context.requestId "$context.identity.userAgent" end')
    fc.assert(
      fc.property(value, (given) => expect(format(shown(given))).toMatch(/^id-1 "(?:[^"\\]|\\.)*" end$/)),
    )
  })
  test('no format fails', () => {
    const words = fc.constantFrom(
      '$context.',
      'stage',
      '.',
      '-',
      '{',
      '"',
      ',',
      '<',
      '$',
      'authorizer',
      ':',
      '\n',
      '\\',
    )
    const format = fc.oneof(
      fc.string(),
      fc.array(words).map((list) => list.join('')),
    )
    fc.assert(
      fc.property(format, (given) => {
        compiled(given)(values)
        checkLogFormat(given, 'REST')
      }),
      { numRuns: 1000 },
    )
  })
  test('tells what it names', () => {
    expect([...logFormatNames('$context.requestId $context.stage-blue $context.stage')]).toEqual([
      'requestId',
      'stage',
    ])
  })
  test('there are as many variables as the three pages of the developer guide list, and what later ones added', () => {
    const count = (kind: LogKind): number =>
      [...logVariables.values()].filter(({ kinds }) => kinds.includes(kind)).length
    expect({ rest: count('REST'), http: count('HTTP'), webSocket: count('WEBSOCKET') }).toEqual({
      rest: 76,
      http: 51,
      webSocket: 54,
    })
  })
})
