import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse, startGatewayProcess } from '../support/gateway-process.ts'

// Projects whose document is for an HTTP API: deployed as one, at the root of its address, again and again.

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-http-project-'))
  mkdirSync(join(folder, 'functions', 'hello'), { recursive: true })
  write('openapi.yaml', document(functionUri))
  write('gatehouse.yaml', manifest('one'))
  write(
    'functions/hello/index.mjs',
    'export const handler = async ({ routeKey, stageVariables }) => `${routeKey} ${stageVariables.word}`',
  )
})
afterEach(async () => {
  await endGateways()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

const functionUri =
  'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:hello/invocations'

const manifest = (word: string): string =>
  `name: hello\nvariables: { word: ${word} }\nfunctions:\n  hello: { runtime: nodejs20.x, handler: index.handler }\n`

const document = (uri: string): string => `
openapi: 3.0.1
info: { title: hello, version: '1' }
paths:
  /hello/{name}:
    get:
      responses: {}
      x-amazon-apigateway-integration: { $ref: '#/components/x-amazon-apigateway-integrations/hello' }
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration: { $ref: '#/components/x-amazon-apigateway-integrations/hello' }
components:
  x-amazon-apigateway-integrations:
    hello: { type: aws_proxy, httpMethod: POST, payloadFormatVersion: 2.0, uri: '${uri}' }
`

test('deploy: the stage at the root, its variables, the same address again', async () => {
  const gateway = await startGatewayProcess()
  const deploy = async (): Promise<readonly [code: number, printed: string]> => {
    const command = runGatehouse(['deploy', folder, '--endpoint', gateway.url])
    const code = await command.ended()
    return [code, command.output() + command.errors()]
  }
  const [code, printed] = await deploy()
  const [, url] = /hello is deployed at (\S+)/.exec(printed) ?? []
  expect([code, printed]).toEqual([0, expect.stringMatching(/\/_aws\/execute-api\/\w+\n/) as string])
  const ask = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text()
  expect(await ask('/hello/a')).toBe('GET /hello/{name} one')
  expect(await ask('/elsewhere')).toBe('$default one')

  write('gatehouse.yaml', manifest('two'))
  expect((await deploy())[1]).toContain(`hello is deployed at ${url}\n`)
  expect(await ask('/hello/a')).toBe('GET /hello/{name} two')

  // What cannot be made is told; what cannot be read changes nothing.
  write('openapi.yaml', document('nowhere'))
  expect((await deploy())[1]).toContain(
    "warning: Unable to create integration for resource at path 'GET /hello/{name}': Invalid function ARN or invalid uri: nowhere. Ignoring.",
  )
  expect((await fetch(`${url}/hello/a`)).status).toBe(500)
  write('openapi.yaml', document(functionUri).replace('aws_proxy', 'carrier-pigeon'))
  const [failed, told] = await deploy()
  expect([failed, told]).toEqual([
    1,
    expect.stringMatching(/openapi\.yaml:\d+:\d+: .*carrier-pigeon/) as string,
  ])
}, 60_000)

test('start serves it with its helper processes, and follows its edits', async () => {
  const proxy = (path: string): string => `
openapi: 3.0.1
info: { title: proxied, version: '1' }
paths:
  /${path}/{id}:
    get:
      x-amazon-apigateway-integration:
        { type: http_proxy, httpMethod: GET, payloadFormatVersion: '1.0', uri: 'http://\${stageVariables.backend}/{id}' }
`
  write('openapi.yaml', proxy('one'))
  write('gatehouse.yaml', 'processes:\n  backend: { command: [node, backend.mjs] }\n')
  write(
    'backend.mjs',
    `import { createServer } from 'node:http'
     createServer(({ url }, reply) => reply.end('backend ' + url)).listen(Number(process.env.PORT))`,
  )
  const gateway = await startGatewayProcess({ arguments: [folder] })
  const [, api] = await gateway.printed(/(\/_aws\/execute-api\/\w+)\n/)
  const ask = async (path: string): Promise<string> => (await fetch(`${gateway.url}${api}${path}`)).text()
  expect(await ask('/one/7')).toBe('backend /7')
  write('openapi.yaml', proxy('two'))
  // The test's own timeout is the bound.
  while ((await ask('/two/7')) !== 'backend /7') await Bun.sleep(10)
  expect(await ask('/one/7')).toBe('{"message":"Not Found"}')
}, 60_000)

test('validate checks it as what it is, or as the manifest says', async () => {
  const validate = async (): Promise<string> => {
    const command = runGatehouse(['validate', folder])
    await command.ended()
    return command.output().replaceAll(`${folder}/`, '')
  }
  write('openapi.yaml', document('nowhere'))
  expect(await validate()).toContain(
    "openapi.yaml:15:5: warning: Unable to create integration for resource at path '$default': Invalid function ARN or invalid uri: nowhere. Ignoring.",
  )
  write(
    'openapi.yaml',
    document('nowhere').replaceAll('  payloadFormatVersion: 2.0,', '').replace('isDefaultRoute', 'x-a'),
  )
  write('gatehouse.yaml', manifest('one').replace('name:', 'type: http\nname:'))
  expect(await validate()).toContain("at path 'GET /hello/{name}'")
  write('gatehouse.yaml', manifest('one').replace('name:', 'type: rest\nname:'))
  expect(await validate()).not.toContain("at path 'GET /hello/{name}'")
}, 60_000)
