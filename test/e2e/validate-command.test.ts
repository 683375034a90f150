import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse, startGatewayProcess } from '../support/gateway-process.ts'

const HEAD = 'openapi: 3.0.1\ninfo: { title: a, version: "1" }\npaths:\n  /a:\n'

const FILES: Readonly<Record<string, string>> = {
  'fine.yaml': `${HEAD}    get: { responses: { 200: { description: ok } } }\n`,
  'odd.yaml': `${HEAD}    get: { x-amazon-apigateway-integration: { type: mock } }\n`,
  'wrong.yaml': `${HEAD}    get:\n      $ref: '#/nowhere'\n      responses: {}\n`,
  'broken.yaml': 'openapi: 3.0.1\ninfo: [}\n',
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-validate-'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
})
afterEach(endGateways)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(...words: string[]): Promise<{ code: number; output: string; errors: string }> {
  const process = runGatehouse(words, { cwd: folder })
  const code = await process.ended()
  const relative = (text: string): string => text.replaceAll(`${folder}/`, '')
  return { code, output: relative(process.output()), errors: relative(process.errors()) }
}

const NO_RESPONSES = 'odd.yaml:5:5: warning: paths./a.get: responses is missing (OpenAPI 3.0)\n'

test('validate says that a document is fine, and what is not', async () => {
  expect(await run('validate', 'fine.yaml')).toEqual({
    code: 0,
    output: 'fine.yaml: 0 errors, 0 warnings\n',
    errors: '',
  })
  expect(await run('validate', 'odd.yaml')).toEqual({
    code: 0,
    output: `${NO_RESPONSES}odd.yaml: 0 errors, 1 warning\n`,
    errors: '',
  })
  const wrong = await run('validate', 'wrong.yaml')
  expect(wrong.code).toBe(1)
  expect(wrong.output).toContain(
    'error: paths./a.get: the reference #/nowhere leads nowhere in this document',
  )
})

test('what cannot be read, and a missing name, are told', async () => {
  expect(await run('validate', 'broken.yaml')).toMatchObject({
    code: 1,
    output: expect.stringMatching(
      /^broken\.yaml:2:8: error: Flow sequence .*\nbroken\.yaml: 1 error, 0 warnings\n$/,
    ),
  })
  expect(await run('validate', 'none.yaml')).toMatchObject({ code: 1, output: '' })
  expect(await run('validate')).toMatchObject({
    code: 2,
    errors: 'gatehouse: validate takes one folder or OpenAPI document\n',
  })
})

test('deploy deploys all the same, and warns', async () => {
  const gateway = await startGatewayProcess()
  try {
    const deployed = await run('deploy', 'odd.yaml', '--endpoint', gateway.url)
    expect([deployed.code, deployed.errors]).toEqual([0, ''])
    expect(deployed.output).toEndWith(NO_RESPONSES)
  } finally {
    await gateway.stop()
  }
})

test('start serves first, then warns', async () => {
  const gateway = await startGatewayProcess({ arguments: ['odd.yaml'], cwd: folder })
  try {
    await gateway.printed(/odd\.yaml:5:5: warning: paths\.\/a\.get: responses is missing/)
    expect(gateway.output()).toMatch(/is deployed at[^]*warning: /)
  } finally {
    await gateway.stop()
  }
})
