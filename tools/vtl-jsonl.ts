/**
 * Renders mapping templates line by line, so that another engine's answers can be laid beside ours:
 *
 *     node bin/bun.mjs tools/vtl-jsonl.ts [--dialect 2.0|aws] < cases.jsonl > answers.jsonl
 *
 * A case is `{ id, template, mode, body, params, context, stageVariables, vars }`. `mode` is "velocity" for plain
 * Velocity with `vars` alone; otherwise the template sees API Gateway's objects, and `vars` beside them. An answer is
 * `{ id, output }`, with `overrides` where API Gateway's objects were seen, or `{ id, error }`. An error that is not
 * the template's (a defect of the engine) ends the run. Paths are read as Jayway 2.0 reads them, which is what the other
 * engine has, unless `--dialect aws` asks for what a gateway does.
 */
import { parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { JsonObject, type JsonValue } from '#languages/json/value.ts'
import { newAwsScope, TemplateContext, type RequestParams } from '#languages/vtl/aws-objects.ts'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { TemplateError } from '#languages/vtl/error.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import { defaultLimits, type Scope } from '#languages/vtl/scope.ts'
import { pathDialectOption } from './path-dialect.ts'

interface Case {
  readonly id: string
  readonly template: string
  readonly mode?: 'aws' | 'velocity'
  readonly body?: string | null
  readonly params?: Partial<RequestParams>
  readonly stageVariables?: Readonly<Record<string, string>>
}

const NO_PARAMS: RequestParams = { path: {}, querystring: {}, header: {} }
const OVERRIDES = ['requestOverride', 'responseOverride']

const pathDialect = pathDialectOption()

function answer(line: string): string {
  const given = JSON.parse(line) as Case
  // Read once more as Java would: variables keep what JavaScript's reader loses.
  const exact = parseJson(line) as JsonObject
  const vars = exact.get('vars')
  const variable = (name: string): JsonValue | undefined =>
    vars instanceof JsonObject ? vars.get(name) : undefined
  const id = JSON.stringify(given.id)
  try {
    const render = compileTemplate(parseTemplate(given.template).template)
    if (given.mode === 'velocity') {
      return `{"id":${id},"output":${JSON.stringify(render({ missing: 'literal', limits: defaultLimits, variable }))}}`
    }
    const members = exact.get('context')
    const context = new TemplateContext(() => (members instanceof JsonObject ? members : new JsonObject()))
    const aws = newAwsScope({
      body: given.body ?? '',
      params: { ...NO_PARAMS, ...given.params },
      context,
      stageVariables: given.stageVariables ?? {},
      pathDialect,
    })
    const scope: Scope = { ...aws, variable: (name) => variable(name) ?? aws.variable(name) }
    const output = render(scope)
    const overrides = new JsonObject()
    for (const name of OVERRIDES) overrides.set(name, context.value.get(name) ?? null)
    return `{"id":${id},"output":${JSON.stringify(output)},"overrides":${printJson(overrides)}}`
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return `{"id":${id},"error":${JSON.stringify(error.message)}}`
  }
}

for (const line of (await Bun.stdin.text()).split('\n')) if (line.trim() !== '') console.log(answer(line))
