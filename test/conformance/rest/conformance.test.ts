import { afterAll, beforeAll, describe, test } from 'bun:test'
import { bodyCases } from './bodies.cases.ts'
import { contentHandlingCases } from './content-handling.cases.ts'
import { contextCases } from './context.cases.ts'
import { corsCases } from './cors.cases.ts'
import { errorCases } from './errors.cases.ts'
import { headerCases } from './headers.cases.ts'
import { httpCases } from './http.cases.ts'
import { httpProxyCases } from './http-proxy.cases.ts'
import { lambdaAuthorizerCases } from './lambda-authorizer.cases.ts'
import { injectionCases } from './injection.cases.ts'
import { lambdaCases } from './lambda.cases.ts'
import { lambdaProxyAnswerCases } from './lambda-proxy-answers.cases.ts'
import { lambdaProxyCases } from './lambda-proxy.cases.ts'
import { mappingCases } from './mapping.cases.ts'
import { mockCases } from './mock.cases.ts'
import { routingCases } from './routing.cases.ts'
import { validationCases } from './validation.cases.ts'
import { startBackend, type Backend } from './support/backend.ts'
import type { RestCase } from './support/case.ts'
import type { ApiDefinition } from './support/definition.ts'
import { expectAsTold, locatedIn } from './support/play-case.ts'
import { LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

const suites: Readonly<Record<string, readonly RestCase[]>> = {
  routing: routingCases,
  errors: errorCases,
  'Lambda authorizers': lambdaAuthorizerCases,
  validation: validationCases,
  headers: headerCases,
  'content handling': contentHandlingCases,
  bodies: bodyCases,
  CORS: corsCases,
  mapping: mappingCases,
  injection: injectionCases,
  'context and stage variables': contextCases,
  MOCK: mockCases,
  HTTP: httpCases,
  HTTP_PROXY: httpProxyCases,
  'AWS (Lambda)': lambdaCases,
  'AWS_PROXY (Lambda)': lambdaProxyCases,
  'events and answers of functions': lambdaProxyAnswerCases,
}

let house: House
let backend: Backend

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
})

afterAll(async () => {
  await house.stop()
  await backend.stop()
})

let count = 0
for (const [suite, cases] of Object.entries(suites)) {
  describe(suite, () => {
    for (const each of cases) test(each.name, () => play(each))
  })
}

async function play({
  api,
  functions = {},
  backend: answer = {},
  request,
  expect: expected,
}: RestCase): Promise<void> {
  const local = new LocalFunctions(functions)
  house.functions = local
  backend.answer = answer
  backend.received.length = 0
  const apiId = `case${++count}`
  house.deploy(apiId, located(api))
  const reply = await house.send(apiId, request)
  expectAsTold(reply, expected, backend, local, apiId)
}

/** The definition with real addresses in it. */
function located(api: ApiDefinition): ApiDefinition {
  return locatedIn(api, backend.port)
}
