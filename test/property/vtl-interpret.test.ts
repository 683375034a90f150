import { expect, test } from 'bun:test'
import { parseJson } from '#languages/json/parse.ts'
import type { JsonObject } from '#languages/json/value.ts'
import { newAwsScope, TemplateContext } from '#languages/vtl/aws-objects.ts'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { TemplateError } from '#languages/vtl/error.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import { defaultLimits, type Scope } from '#languages/vtl/scope.ts'
import { Random } from '../support/random.ts'
import { randomTemplate, templateBody, templateVariables } from '../support/random-templates.ts'
import { interpretTemplate } from './support/interpret-template.ts'

// Random templates: what is compiled prints what a plain walk of the tree prints, or both fail.

const ROUNDS = 1500
/** Some two seconds of work, on a machine that may be busy. */
const TEST_MS_MAX = 60_000

function awsScope(): Scope {
  const variables = parseJson(templateVariables) as JsonObject
  const aws = newAwsScope({
    body: templateBody,
    params: { path: { id: 'p/1' }, querystring: { q: 'x y' }, header: { Host: 'h' } },
    context: new TemplateContext(() => ({ stage: 'prod', identity: { sourceIp: '192.0.2.1' } })),
    stageVariables: { url: 'https://example.com/?a=b' },
  })
  return { ...aws, variable: (name) => variables.get(name) ?? aws.variable(name) }
}

function velocityScope(): Scope {
  const variables = parseJson(templateVariables) as JsonObject
  return { missing: 'literal', limits: defaultLimits, variable: (name) => variables.get(name) }
}

/** What is bounded ends at other places: the plain interpreter counts nothing of it. */
const LIMITS = /too much|longer than|a range of|steps|nests/

test(
  'compiled templates print what the interpreter prints',
  () => {
    const random = new Random(17)
    const seen = { printed: 0, failed: 0, limited: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const text = randomTemplate(random)
      const { template } = parseTemplate(text)
      const run = compileTemplate(template)
      for (const scope of [awsScope, velocityScope]) {
        const compiled = outcome(() => run(scope()))
        if (LIMITS.test(compiled.error)) {
          seen.limited++
          continue
        }
        seen[compiled.output === undefined ? 'failed' : 'printed']++
        const interpreted = outcome(() => interpretTemplate(template, scope()))
        const told = { text, why: `${compiled.error} / ${interpreted.error}`, output: compiled.output }
        expect(told).toEqual({ ...told, output: interpreted.output })
      }
    }
    expect(seen.printed).toBeGreaterThan(ROUNDS / 4)
    expect(seen.failed).toBeGreaterThan(ROUNDS / 20)
    expect(seen.limited).toBeLessThan(ROUNDS / 20)
  },
  TEST_MS_MAX,
)

/** Identities of Java's objects differ from render to render. */
function outcome(render: () => string): { output: string | undefined; error: string } {
  try {
    return { output: render().replace(/@[0-9a-f]+/g, '@'), error: '' }
  } catch (error) {
    const own = error instanceof TemplateError ? error.reason : String(error)
    return { output: undefined, error: own }
  }
}
