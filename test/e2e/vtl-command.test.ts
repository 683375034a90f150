import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse } from '../support/gateway-process.ts'

const FILES: Readonly<Record<string, string>> = {
  'item.vtl': `#foreach($i in $input.path('$.items'))
"$i.id": "$i.name" at $context.stage for $input.params('id') of $stageVariables.url
#end
#set($context.responseOverride.status = 201)`,
  'body.json': '{"items":[{"id":1,"name":"a"},{"id":2.50}]}',
  'params.json': '{"path":{"id":7}}',
  'context.json': '{"stage":"prod"}',
  'variables.json': '{"url":"u"}',
  'open.vtl': 'x\n  #if($a) y',
  'fails.vtl': 'one\n$util.parseJson("[")',
  'list.json': '[]',
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-vtl-'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
})
afterEach(endGateways)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function vtl(...words: string[]): Promise<{ code: number; output: string; errors: string }> {
  const run = runGatehouse(['vtl', ...words], { cwd: folder })
  const code = await run.ended()
  return { code, output: run.output(), errors: run.errors() }
}

const ALL = ['--params', 'params.json', '--context', 'context.json', '--stage-variables', 'variables.json']

test('a template is rendered from files', async () => {
  expect(await vtl('render', 'item.vtl', '--input', 'body.json', ...ALL)).toEqual({
    code: 0,
    output: '"1": "a" at prod for 7 of u\n"2.5": "" at prod for 7 of u\n',
    errors: '',
  })
})

test('--trace tells what was read and written', async () => {
  const { code, output, errors } = await vtl('render', 'item.vtl', '--input', 'body.json', '--trace', ...ALL)
  expect(code).toBe(0)
  expect(output).toStartWith('"1": "a"')
  expect(errors).toMatch(/^1:1 +#foreach\(\$i in \$input\.path\('\$\.items'\)\)\n/)
  expect(errors).toContain(`$input.path('$.items') = [{"id":1,"name":"a"},{"id":2.5}]`)
  expect(errors).toMatch(/\n2:2 +\$i\.id.*\n +\$i\.id = 1\n +→ "1"/)
  expect(errors).toContain('$context.responseOverride = {"header":{},"status":201}')
})

test.each([
  [
    'a mistake in the template',
    ['render', 'open.vtl'],
    1,
    /^open\.vtl:2:12: error: expected #end, found the end of the template\n {4}#if\(\$a\) y\n {13}\^\n$/,
  ],
  [
    'a failing render',
    ['render', 'fails.vtl'],
    1,
    /^fails\.vtl:2:7: error: parseJson: expected "]" at offset 1\n  \$util\.parseJson\("\["\)\n {8}\^\n$/,
  ],
  ['a missing file', ['render', 'none.vtl'], 2, /none\.vtl: cannot be read \(ENOENT\)/],
  ['no template', ['render'], 2, /vtl takes "render" and one template/],
  ['another action', ['print', 'item.vtl'], 2, /vtl takes "render" and one template/],
  ['a context that is no object', ['render', 'item.vtl', '--context', 'list.json'], 2, /holds no object/],
] as const)('%s is told', async (_, words, code, message) => {
  const ended = await vtl(...words)
  expect(ended.code).toBe(code)
  expect(ended.output).toBe('')
  expect(ended.errors).toMatch(message)
})
