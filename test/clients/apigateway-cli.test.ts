import { afterAll, beforeAll } from 'bun:test'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeCliScenario, type CliStep } from './support/cli-scenario.ts'

const api = '--rest-api-id {api}'
const method = `${api} --resource-id {resource} --http-method GET`

const scenario: readonly CliStep[] = [
  {
    run: 'create-rest-api --name pets --endpoint-configuration types=REGIONAL --tags team=a',
    has: { name: 'pets', endpointConfiguration: { types: ['REGIONAL'] }, tags: { team: 'a' } },
    keeps: { api: 'id' },
  },
  // Older CLIs do not show rootResourceId.
  { run: `get-resources ${api}`, has: { items: [{ path: '/' }] }, keeps: { root: 'items.0.id' } },
  { run: `get-rest-api ${api}`, has: { name: 'pets' } },
  { run: 'get-rest-apis', has: { items: [{ name: 'pets' }] } },
  {
    run: `create-resource ${api} --parent-id {root} --path-part {{id}}`,
    has: { path: '/{id}' },
    keeps: { resource: 'id' },
  },
  { run: `get-resource ${api} --resource-id {resource}`, has: { pathPart: '{id}' } },
  {
    run: `put-method ${method} --authorization-type NONE --request-parameters method.request.path.id=true`,
    has: { authorizationType: 'NONE', requestParameters: { 'method.request.path.id': true } },
  },
  { run: `put-method-response ${method} --status-code 200`, has: { statusCode: '200' } },
  {
    run: `put-integration ${method} --type HTTP_PROXY --integration-http-method GET --uri http://backend.test/{{id}} --request-parameters integration.request.path.id=method.request.path.id`,
    has: { type: 'HTTP_PROXY', uri: 'http://backend.test/{id}', connectionType: 'INTERNET' },
  },
  { run: `get-integration ${method}`, has: { timeoutInMillis: 29000 } },
  {
    run: `put-integration-response ${method} --status-code 200 --selection-pattern 2..`,
    has: { selectionPattern: '2..' },
  },
  { run: `get-method ${method}`, has: { methodIntegration: { integrationResponses: { 200: {} } } } },
  {
    run: `get-resources ${api} --embed methods`,
    has: { items: [{ path: '/' }, { resourceMethods: { GET: { authorizationType: 'NONE' } } }] },
  },
  { run: `create-deployment ${api} --stage-name dev --variables a=b`, keeps: { deployment: 'id' } },
  { run: `get-deployments ${api}`, has: { items: [{}] } },
  { run: `get-stages ${api}`, has: { item: [{ stageName: 'dev', variables: { a: 'b' } }] } },
  {
    run: `update-stage ${api} --stage-name dev --patch-operations op=replace,path=/*/*/throttling/burstLimit,value=7`,
    has: { methodSettings: { '*/*': { throttlingBurstLimit: 7 } } },
  },
  {
    run: `get-stage ${api} --stage-name dev`,
    has: { methodSettings: { '*/*': { throttlingBurstLimit: 7 } } },
  },
  { run: `delete-stage ${api} --stage-name dev` },
  { run: `delete-method ${method}` },
  {
    run: `get-method ${method}`,
    fails:
      /\(NotFoundException\) when calling the GetMethod operation.*: Invalid Method identifier specified/,
  },
  { run: `delete-resource ${api} --resource-id {resource}` },
  {
    run: 'import-rest-api --body fileb://{document} --parameters basepath=prepend',
    has: { name: 'imported' },
    keeps: { api: 'id' },
  },
  { run: `delete-rest-api ${api}` },
]

const document = `
openapi: 3.0.1
info: { title: imported, version: '1' }
paths:
  /a:
    get:
      x-amazon-apigateway-integration: { type: mock }
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'))
  await writeFile(join(folder, 'api.yaml'), document)
})
afterAll(() => rm(folder, { recursive: true }))

describeCliScenario('apigateway', scenario, () => [['document', join(folder, 'api.yaml')]])
