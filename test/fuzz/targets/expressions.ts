import { ExpressionError } from '#languages/expressions/error.ts'
import { testScope } from '#languages/expressions/scope.fixture.ts'
import { checkGatewayTemplate } from '#languages/gateway-response/template.ts'
import { checkLogFormat } from '#languages/log-format/check.ts'
import { compileLogFormat } from '#languages/log-format/compile.ts'
import { checkMapping } from '#languages/parameter-mapping/compile.ts'
import {
  checkHttpMappings,
  compileHttpMappings,
  compileHttpValue,
} from '#languages/parameter-mapping/http-mapping.ts'
import { buildHttpRouter } from '#languages/path-patterns/http-router.ts'
import { parsePathPattern, PathPatternError } from '#languages/path-patterns/pattern.ts'
import { buildRestRouter } from '#languages/path-patterns/rest-router.ts'
import { checkHttpRouteKeys } from '#languages/path-patterns/route-key.ts'
import { checkIdentitySource } from '#languages/selection/identity-source.ts'
import { checkSelection, compileSelection } from '#languages/selection/selection-expression.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Every small language, given the same texts: each reads one or refuses it in its own way, and what it read runs.

const SEEDS = [
  '$request.body.action',
  '${request.body.list[0].a}/${request.header.x-api-key}',
  '${request.method} ${request.path}',
  "$request.body['a b'][?(@.c == 'd')]..e",
  '\\$default',
  'append:header.X',
  'method.request.body.$.a[1:2]',
  "'static'",
  'GET /pets/{petId}/{proxy+}',
  '/a/{b}/c',
  '{"id":"$context.requestId","s":$context.status}\n',
  '$context.authorizer.claims.cognito:username,"$context.identity.userAgent"',
  '$method.request.header.X #if($stageVariables.a)',
]
const WORDS = [
  ...'${}[]()\'"\\./:,*?@+ \n#<&'.split(''),
  'request',
  'body',
  'context',
  'header',
  'é',
  '\u{1f600}',
  '9',
]

const scope = testScope('{"action":"a","list":[{"a":1}],"a b":[{"c":"d"}]}', '{"x":1}')
const edits = { append() {}, overwrite() {}, remove() {} }

function tryText(text: string): void {
  for (const [name, run] of Object.entries(languages)) {
    try {
      run(text)
    } catch (error) {
      if (error instanceof ExpressionError || error instanceof PathPatternError) continue
      throw new Finding(`${name}: ${(error as Error).stack}`, Buffer.from(text))
    }
  }
}

const place = (target: string): { target: string; pathStart: number; pathEnd: number } => ({
  target,
  pathStart: 0,
  pathEnd: target.length,
})

const languages: Readonly<Record<string, (text: string) => unknown>> = {
  selection: (text) => compileSelection(text, 'route')(scope),
  'selection, checked': (text) => checkSelection(text, 'responseTemplate'),
  'identity source': (text) => checkIdentitySource(text, 'WEBSOCKET'),
  'HTTP value': (text) => compileHttpValue(text, 'request').evaluate(scope),
  'HTTP mapping': (text) => compileHttpMappings({ [text]: text }, 'request').apply(scope, edits),
  'HTTP mapping, checked': (text) => checkHttpMappings({ [text]: text, 'append:header.x': text }, 'response'),
  mapping: (text) => checkMapping(text, 'method.request'),
  pattern: (text) => parsePathPattern(text),
  'REST router': (text) =>
    buildRestRouter([{ path: text, methods: new Map([['GET', 1]]) }])('GET', place(text)),
  'HTTP router': (text) => buildHttpRouter([{ key: text, route: 1 }])('GET', place(text)),
  'any path': (text) => buildHttpRouter([{ key: 'ANY /a/{b}/{c+}', route: 1 }])('GET', place(text)),
  'route keys': (text) => checkHttpRouteKeys([text, text]),
  'log format': (text) => compileLogFormat(text, (name) => () => name)(undefined),
  'log format, checked': (text) => checkLogFormat(text, 'HTTP'),
  'gateway response': (text) => checkGatewayTemplate(text),
}

/** A seed with some characters taken out, put in or repeated. */
function mutated(random: Random): string {
  let text = random.pick(SEEDS)
  for (let left = random.below(6); left > 0; left--) {
    const at = random.below(text.length + 1)
    const end = Math.min(text.length, at + random.below(4))
    const piece = random.weighted([
      [3, random.pick(WORDS)],
      [1, text.slice(at, end).repeat(random.between(1, 40))],
      [1, random.pick(SEEDS)],
      [1, ''],
    ])
    text = text.slice(0, at) + piece + text.slice(end)
  }
  return text
}

export const target: FuzzTarget = {
  name: 'expressions',
  async run(random) {
    for (let text = 0; text < 20; text++) tryText(mutated(random))
  },
  async replay(input) {
    tryText(Buffer.from(input).toString())
  },
}
