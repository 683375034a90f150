import { afterAll, beforeAll, describe, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { startBackend, type Backend } from '../rest/support/backend.ts'
import { LocalFunctions } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import { expectAsTold, locatedIn } from '../rest/support/play-case.ts'
import { corsCases } from './cors.cases.ts'
import { errorCases } from './errors.cases.ts'
import { httpProxyCases } from './http-proxy.cases.ts'
import { lambdaAnswerCases } from './lambda-answers.cases.ts'
import { lambdaEventCases } from './lambda-events.cases.ts'
import { requestAuthorizerCases } from './request-authorizer.cases.ts'
import { mappingCases } from './mapping.cases.ts'
import { routingCases } from './routing.cases.ts'
import type { HttpApiCase } from './support/case.ts'
import { defineHttpApi } from './support/definition.ts'

const suites: Readonly<Record<string, readonly HttpApiCase[]>> = {
  routing: routingCases,
  errors: errorCases,
  CORS: corsCases,
  HTTP_PROXY: httpProxyCases,
  'REQUEST authorizers': requestAuthorizerCases,
  'parameter mapping': mappingCases,
  'events of functions': lambdaEventCases,
  'answers of functions': lambdaAnswerCases,
}

/** Small enough to be gone past in a test. */
const limits = { ...awsLimits, requestBodyBytesMax: 1000, responseBodyBytesMax: 1000 }

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

async function play(each: HttpApiCase): Promise<void> {
  const { api, functions = {}, backend: answer = {}, request, expect: expected } = each
  const local = new LocalFunctions(functions)
  house.functions = local
  backend.answer = answer
  backend.received.length = 0
  const apiId = `http${++count}`
  const { snapshot, stage } = defineHttpApi(apiId, locatedIn(api, backend.port))
  house.planTable.swap(compileHttpApi(snapshot, stage, { limits }).plan)
  const reply = await house.send(apiId, { ...request, target: `raw:${request.target}` })
  expectAsTold(reply, expected, backend, local, apiId)
}
