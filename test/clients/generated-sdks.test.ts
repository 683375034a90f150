import {
  APIGatewayClient,
  CreateDeploymentCommand,
  GetSdkCommand,
  ImportRestApiCommand,
  type GetSdkCommandOutput,
} from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { signer, startEchoServer, type EchoServer } from './support/echo-server.ts'
import { unzipTo } from './support/unzip-to.ts'

// SDKs as their users have them: asked for with AWS's client, unpacked, loaded by Node.js, Bun, a page's script
// element, the TypeScript compiler and Python, and calling the API that they were made of.

const root = join(import.meta.dir, '..', '..')
const node = Bun.which('node')
const python = Bun.which('python3')
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sdks-'))
let echo: EchoServer
let gateway: GatewayProcess
let client: APIGatewayClient
let restApiId: string
let invokeUrl: string

const text = (name: string, where: string, required = false): object => ({
  name,
  in: where,
  required,
  schema: { type: 'string' },
})
const json = (model: string): object => ({
  'application/json': { schema: { $ref: `#/components/schemas/${model}` } },
})
const proxy = (path: string): object => ({
  type: 'http_proxy',
  httpMethod: 'ANY',
  uri: `${echo.url}/${path}`,
})

/** A pet that is not there is number 99. */
const onePet = {
  type: 'mock',
  requestTemplates: {
    'application/json': `{"statusCode": #if($input.params('petId') == '99')404#{else}200#end}`,
  },
  responses: {
    default: {
      statusCode: '200',
      responseTemplates: {
        'application/json': `{"id": $input.params('petId'), "name": "$input.params('X-Who')", "tags": [{"label": "$input.params('kind')"}]}`,
      },
    },
    404: { statusCode: '404', responseTemplates: { 'application/json': '{"message": "no such pet"}' } },
  },
}

const document = (): object => ({
  openapi: '3.0.1',
  info: { title: 'Pet "Store"', version: '1' },
  paths: {
    '/': { get: { responses: {}, 'x-amazon-apigateway-integration': proxy('root') } },
    '/pets': {
      post: {
        operationId: 'CreatePet',
        parameters: [text('kind', 'query', true)],
        requestBody: { content: json('Pet'), required: true },
        responses: { 200: { description: '', content: json('Echo') } },
        'x-amazon-apigateway-integration': proxy('pets'),
      },
    },
    '/pets/{petId}': {
      get: {
        parameters: [text('petId', 'path', true), text('kind', 'query'), text('X-Who', 'header', true)],
        responses: {
          200: { description: '', content: json('Pet') },
          404: { description: '', content: json('Error') },
        },
        'x-amazon-apigateway-integration': onePet,
      },
    },
    '/files/{path+}': {
      'x-amazon-apigateway-any-method': {
        parameters: [text('path', 'path', true)],
        responses: {},
        'x-amazon-apigateway-integration': {
          ...proxy('files/{path}'),
          requestParameters: { 'integration.request.path.path': 'method.request.path.path' },
        },
      },
    },
    '/signed/{name}': {
      put: {
        operationId: 'SignedPut',
        parameters: [text('name', 'path', true), text('q', 'query')],
        responses: {},
        security: [{ sigv4: [] }],
        'x-amazon-apigateway-integration': proxy('signed'),
      },
    },
  },
  components: {
    securitySchemes: {
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
    },
    schemas: {
      Pet: {
        type: 'object',
        required: ['name'],
        properties: {
          id: { type: 'integer' },
          name: { type: 'string' },
          kind: { enum: ['cat', 'dog'] },
          parent: { $ref: '#/components/schemas/Pet' },
          tags: { type: 'array', items: { $ref: '#/components/schemas/Tag' } },
        },
      },
      Tag: { type: 'object', properties: { label: { type: 'string' }, 'from-to': { type: 'number' } } },
      Error: { type: 'object', required: ['message'], properties: { message: { type: 'string' } } },
      Echo: {
        type: 'object',
        required: ['method', 'target', 'headers', 'body'],
        properties: {
          method: { type: 'string' },
          target: { type: 'string' },
          headers: { type: 'object', additionalProperties: { type: 'string' } },
          body: { type: 'string' },
        },
      },
    },
  },
})

beforeAll(async () => {
  echo = await startEchoServer()
  gateway = await startGatewayProcess()
  client = new APIGatewayClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  const { id } = await client.send(
    new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document())) }),
  )
  restApiId = id as string
  invokeUrl = `${gateway.url}/_aws/execute-api/${restApiId}/dev`
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
}, 60_000)

afterAll(async () => {
  client.destroy()
  await endGateways()
  await echo[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

function getSdk(sdkType: string, parameters: Record<string, string> = {}): Promise<GetSdkCommandOutput> {
  return client.send(new GetSdkCommand({ restApiId, stageName: 'dev', sdkType, parameters }))
}

async function unpacked(
  sdkType: string,
  parameters: Record<string, string> = {},
): Promise<readonly string[]> {
  const { body } = await getSdk(sdkType, { invokeUrl, ...parameters })
  return unzipTo(join(folder, sdkType), body as Uint8Array)
}

/** Runs a program in the folder. @returns what it printed, as JSON */
async function run(command: readonly string[], environment: Record<string, string> = {}): Promise<unknown> {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  expect({ command, code, errors }).toEqual({ command, code: 0, errors: '' })
  return JSON.parse(output)
}

/** What each language's program is to print. */
const expected = {
  found: [200, 'Ada & "Bo"', 'cat'],
  missing: [404, 'no such pet'],
  created: ['POST', '/pets?kind=a%20b%26c&kind=d&extra=1', '{"name":"Momo","kind":"cat"}', 'KEY', 'yes'],
  any: ['PATCH', '/files/a%20b/c%2Bd'],
  signed: ['PUT', '/signed/%C3%BC%20%28x%29%2Fy?q=1%2B1%3D2%2A&q=%27&a=', 'raw'],
  dots: 'refused',
  undeclared: 403,
}

test('what is answered beside the archive, and the same archive each time', async () => {
  const first = await getSdk('javascript')
  expect(first.contentType).toBe('application/octet-stream')
  expect(first.contentDisposition).toMatch(
    /^attachment; filename="javascript_\d{4}-\d\d-\d\d_\d\d-\d\dZ\.zip"$/,
  )
  expect((await getSdk('javascript')).body).toEqual(first.body as never)
  expect((await getSdk('typescript')).body).toEqual((await getSdk('typescript')).body as never)
  expect((await getSdk('python')).body).toEqual((await getSdk('python')).body as never)
})

const script = (load: string): string => `${load}
const { invokeUrl, echoUrl, signer } = JSON.parse(process.env.SETTINGS)
const api = apigClientFactory.newClient({ apiKey: 'KEY' })
const signing = apigClientFactory.newClient({
  invokeUrl: echoUrl, accessKey: signer.accessKeyId, secretKey: signer.secretAccessKey, sessionToken: 'T/+=',
})
async function main() {
  const found = await api.petsPetIdGet({ petId: 7, kind: 'cat', 'X-Who': 'Ada & "Bo"'.replaceAll('"', '\\\\"') }, {}, {})
  const missing = await api.petsPetIdGet({ petId: 99, 'X-Who': 'A' }).catch((error) => error)
  const created = await api.createPet({ kind: ['a b&c', 'd'] }, { name: 'Momo', kind: 'cat' }, {
    headers: { 'X-Extra': 'yes' }, queryParams: { extra: 1, none: undefined },
  })
  const any = await api.filesPathAny({ path: 'a b/c+d' }, null, { method: 'patch' })
  const signed = await signing.signedNamePut({ name: 'ü (x)/y', q: ['1+1=2*', "'"] }, 'raw', { queryParams: { a: '' } })
  const dots = await api.petsPetIdGet({ petId: '..', 'X-Who': 'A' }).then(() => 'sent', () => 'refused')
  const undeclared = await api.signedNamePut({ name: 'x' }).catch((error) => error.response.status)
  const required = await api.petsPost().catch((error) => error.message)
  console.log(JSON.stringify({
    found: [found.status, found.data.name, found.data.tags[0].label],
    missing: [missing.status, missing.data.message],
    created: [created.data.method, created.data.target, created.data.body, created.data.headers['x-api-key'], created.data.headers['x-extra']],
    any: [any.data.method, any.data.target],
    signed: [signed.data.method, signed.data.target, signed.data.body],
    dots, undeclared, required,
  }))
}
main()
`

describe('javascript', () => {
  const settings = (): Record<string, string> => ({
    SETTINGS: JSON.stringify({ invokeUrl, echoUrl: echo.url, signer }),
  })
  const wanted = { ...expected, required: 'Required parameters are missing: kind' }

  beforeAll(async () => {
    expect(await unpacked('javascript')).toEqual(
      ['README.md', 'apigClient.js', 'package.json'].map((name) => `apiGateway-js-sdk/${name}`),
    )
    const file = './javascript/apiGateway-js-sdk/apigClient.js'
    const files = {
      'require.cjs': `const { apigClientFactory } = require('${file}')`,
      'import.mjs': `import { apigClientFactory } from '${file}'`,
    }
    for (const [name, load] of Object.entries(files)) writeFileSync(join(folder, name), script(load))
  })

  for (const name of ['require.cjs', 'import.mjs']) {
    test.if(node !== null)(`${name} in Node.js`, async () => {
      expect(await run([node as string, name], settings())).toEqual(wanted)
    })
    test(`${name} in Bun`, async () => {
      expect(await run([process.execPath, name], settings())).toEqual(wanted)
    })
  }

  test('a script element', async () => {
    const page = createContext({ fetch, Headers, FormData, ReadableStream, Response, URL, crypto, Blob })
    const code = readFileSync(join(folder, 'javascript/apiGateway-js-sdk/apigClient.js'), 'utf8')
    runInContext(code, page)
    const made = runInContext('apigClientFactory.newClient()', page) as Record<
      string,
      (...params: unknown[]) => Promise<{ status: number; data: { target: string } }>
    >
    expect(Object.keys(made)).toEqual([
      'rootGet',
      'filesPathAny',
      'petsPost',
      'createPet',
      'petsPetIdGet',
      'signedNamePut',
      'signedPut',
    ])
    const answer = await made['rootGet']?.()
    expect([answer?.status, answer?.data.target]).toEqual([200, '/root'])
  })
})

const typedProgram = `import { ApiError, createClient, type CreatePetInput, type Pet } from '@team/pets'

declare const process: { readonly env: Readonly<Record<string, string>> }
const { echoUrl, signer } = JSON.parse(process.env['SETTINGS'] ?? '')
const client = createClient({ apiKey: 'KEY', headers: { 'X-Extra': 'yes' } })
const signing = createClient({ invokeUrl: echoUrl, credentials: async () => ({ ...signer, sessionToken: 'T' }) })

const pet: Pet = { name: 'Momo', kind: 'cat' }
// @ts-expect-error a pet has a name
export const nameless: Pet = { kind: 'cat' }
// @ts-expect-error no such kind
export const fish: Pet = { name: 'x', kind: 'fish' }
// @ts-expect-error the query has a kind
export const kindless: CreatePetInput = { body: pet }

const who = 'Ada & \\\\"Bo\\\\"'
const found = await client.petsPetIdGet({ path: { petId: 7 }, query: { kind: 'cat' }, headers: { 'X-Who': who } })
const missing = await client.petsPetIdGet({ path: { petId: '99' }, headers: { 'X-Who': 'A' } })
if (found.status !== 200 || missing.status !== 404) throw new Error('another status')
// @ts-expect-error that is what a pet has
missing.body.name
const created = await client.createPet(
  { query: { kind: ['a b&c', 'd'] }, body: pet },
  { query: { extra: 1 }, signal: AbortSignal.timeout(10_000) },
)
const any = await client.filesPathAny({ method: 'PATCH', path: { path: 'a b/c+d' } })
const signed = await signing.signedPut(
  { path: { name: 'ü (x)/y' }, query: { q: ['1+1=2*', "'"] }, body: 'raw', contentType: 'text/plain' },
  { query: { a: '' } },
)
const echoed = (answer: { readonly body: unknown }) => answer.body as { method: string; target: string; body: string }
const aborted = await client.rootGet({}, { signal: AbortSignal.abort() }).catch((error: Error) => error.name)
const dots = await client
  .petsPetIdGet({ path: { petId: '..' }, headers: { 'X-Who': 'A' } })
  .then(() => 'sent', () => 'refused')
const undeclared = await client.signedPut({ path: { name: 'x' } }).then(
  () => 'no error',
  (error: unknown) => (error instanceof ApiError ? error.status : error),
)
console.log(
  JSON.stringify({
    found: [found.status, found.body.name, found.body.tags?.[0]?.label],
    missing: [missing.status, missing.body.message],
    created: [created.body.method, created.body.target, created.body.body, created.body.headers['x-api-key'], created.body.headers['x-extra']],
    any: [echoed(any).method, echoed(any).target],
    signed: [echoed(signed).method, echoed(signed).target, echoed(signed).body],
    dots,
    undeclared,
    aborted,
  }),
)
`

test('typescript: compiled in strict mode, and run', async () => {
  const names = await unpacked('typescript', { packageName: '@team/pets', packageVersion: '2.0.0' })
  expect(names).toContain('pets/dist/index.d.ts')
  const home = join(folder, 'typescript')
  await run([
    'sh',
    '-c',
    'mkdir -p node_modules/@team && cp -r typescript/pets node_modules/@team/pets && echo 1',
  ])
  writeFileSync(join(home, 'program.mts'), typedProgram)
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        noUnusedLocals: true,
        verbatimModuleSyntax: true,
        target: 'esnext',
        module: 'nodenext',
        lib: ['ESNext', 'DOM', 'DOM.Iterable'],
        types: [],
        noEmit: true,
      },
      include: ['program.mts', 'pets/src', '../node_modules/@team/pets/dist/*.d.ts'],
    }),
  )
  await run(['sh', '-c', `"$TSC" -p typescript && echo 1`], {
    TSC: join(root, 'node_modules', '.bin', 'tsc'),
  })
  const settings = { SETTINGS: JSON.stringify({ echoUrl: echo.url, signer }) }
  const wanted = { ...expected, aborted: 'AbortError' }
  expect(await run([process.execPath, 'typescript/program.mts'], settings)).toEqual(wanted)
  const manifest: unknown = JSON.parse(readFileSync(join(home, 'pets', 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: '@team/pets', version: '2.0.0' })
}, 60_000)

const pythonProgram = `
import json, os
from pet_store_sdk import ApiError, Client, Credentials, Pet

settings = json.loads(os.environ["SETTINGS"])
client = Client(api_key="KEY", headers={"X-Extra": "yes"})
keys = Credentials(settings["signer"]["accessKeyId"], settings["signer"]["secretAccessKey"], "T/+=")
signing = Client(invoke_url=settings["echoUrl"], credentials=lambda: keys)
pet: Pet = {"name": "Momo", "kind": "cat"}
found = client.pets_pet_id_get(pet_id=7, kind="cat", x_who='Ada & \\\\"Bo\\\\"')
missing = client.pets_pet_id_get(pet_id=99, x_who="A")
created = client.create_pet(kind=["a b&c", "d"], body=pet, query={"extra": 1})
any_ = client.files_path_any(method="PATCH", path="a b/c+d")
signed = signing.signed_put(name="ü (x)/y", q=["1+1=2*", "'"], body="raw", content_type="text/plain", query={"a": ""})
try:
    client.pets_pet_id_get(pet_id="..", x_who="A")
    dots = "sent"
except ValueError:
    dots = "refused"
try:
    client.signed_put(name="x")
    undeclared = 0
except ApiError as error:
    undeclared = error.status
print(json.dumps({
    "found": [found.status, found.body["name"], found.body["tags"][0]["label"]],
    "missing": [missing.status, missing.body["message"]],
    "created": [created.body["method"], created.body["target"], json.dumps(json.loads(created.body["body"]), separators=(",", ":")), created.body["headers"]["x-api-key"], created.body["headers"]["x-extra"]],
    "any": [any_.body["method"], any_.body["target"]],
    "signed": [signed.body["method"], signed.body["target"], signed.body["body"]],
    "dots": dots,
    "undeclared": undeclared,
    "required": sorted(Pet.__required_keys__),
    "members": sorted(Pet.__optional_keys__),
}))
`

if (python === null) console.warn('no python3 found: the Python SDK is not tried')

test.if(python !== null)('python', async () => {
  const names = await unpacked('python')
  expect(names).toContain('pet-store-sdk/pet_store_sdk/__init__.py')
  writeFileSync(join(folder, 'program.py'), pythonProgram)
  const environment = {
    PYTHONPATH: join(folder, 'python', 'pet-store-sdk'),
    SETTINGS: JSON.stringify({ echoUrl: echo.url, signer }),
    PYTHONDONTWRITEBYTECODE: '1',
    no_proxy: '*',
  }
  expect(await run([python as string, '-W', 'error', 'program.py'], environment)).toEqual({
    ...expected,
    required: ['name'],
    members: ['id', 'kind', 'parent', 'tags'],
  })
})

describe('refused', () => {
  const cases: readonly (readonly [type: string, parameters: Record<string, string>, message: RegExp])[] = [
    ['cobol', {}, /^Invalid SDK type specified: found cobol, expected one of android, java, javascript, /],
    ['java', {}, /^Missing required parameters for SDK type java: service.name, java.package-name$/],
    [
      'swift',
      { classPrefix: 'P' },
      /^SDKs of type swift are not generated .* javascript, python, typescript$/,
    ],
    [
      'javascript',
      { x: 'y' },
      /^Invalid parameter for SDK type javascript: found x, expected one of invokeUrl$/,
    ],
    ['python', { invokeUrl: 'ftp://x' }, /^Invalid invokeUrl specified: found ftp:\/\/x, expected http/],
    ['python', { invokeUrl: 'http://u:secret@x/' }, /^Invalid invokeUrl specified: found http:\/\/…@x\/, /],
    ['python', { packageName: 'a/../b' }, /^Invalid packageName specified: found a\/..\/b, /],
    ['typescript', { packageName: '@a/..' }, /^Invalid packageName specified: found @a\/.., /],
    [
      'typescript',
      { packageVersion: '1' },
      /^Invalid packageVersion specified: found 1, expected one as 1.2.3/,
    ],
  ]
  test.each(cases)('%s %j', async (sdkType, parameters, message) => {
    const error = await getSdk(sdkType, parameters).then(String, (caught: Error) => caught)
    expect(error).toMatchObject({
      name: 'BadRequestException',
      message: expect.stringMatching(message) as string,
    })
  })

  test('unknown APIs and stages', async () => {
    for (const unknown of [{ restApiId: 'none' }, { stageName: 'none' }]) {
      const call = { restApiId, stageName: 'dev', sdkType: 'javascript', ...unknown }
      const error = await client.send(new GetSdkCommand(call)).then(String, (caught: Error) => caught.name)
      expect(error).toBe('NotFoundException')
    }
  })
})
