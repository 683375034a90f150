import { parseJson } from '#languages/json/parse.ts'
import type { JsonObject } from '#languages/json/value.ts'
import { newAwsScope, TemplateContext } from '#languages/vtl/aws-objects.ts'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { TemplateError } from '#languages/vtl/error.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import { defaultLimits, type RenderLimits, type Scope } from '#languages/vtl/scope.ts'
import { Trace } from '#languages/vtl/trace.ts'
import type { Random } from '../../support/random.ts'
import { randomTemplate, templateBody, templateVariables } from '../../support/random-templates.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Mapping templates: any text is read, rendered or refused with an error that has a place; a traced render, and the
// same one again, give the same.

const limits: RenderLimits = { ...defaultLimits, workMax: 300_000, regexStepsMax: 300_000 }
const RENDER_MS_MAX = 4000

function awsScope(): Scope {
  const variables = parseJson(templateVariables) as JsonObject
  const aws = newAwsScope({
    body: templateBody,
    params: { path: { id: 'p/1' }, querystring: { q: 'x y' }, header: { Host: 'h' } },
    context: new TemplateContext(() => ({ stage: 'prod', identity: { sourceIp: '192.0.2.1' } })),
    stageVariables: { url: 'https://example.com/?a=b' },
    limits,
  })
  return { ...aws, variable: (name) => variables.get(name) ?? aws.variable(name) }
}

function velocityScope(): Scope {
  const variables = parseJson(templateVariables) as JsonObject
  return { missing: 'literal', limits, variable: (name) => variables.get(name) }
}

/** What prints, or the error. Identities of Java's objects differ from render to render. */
function outcome(text: string, run: (scope: Scope) => string, scope: Scope): string {
  const began = performance.now()
  const ended = printedOrFailed(text, run, scope)
  const elapsedMs = performance.now() - began
  if (elapsedMs > RENDER_MS_MAX) throw wrong(`a render took ${elapsedMs.toFixed(0)} ms`, text)
  return ended
}

function printedOrFailed(text: string, run: (scope: Scope) => string, scope: Scope): string {
  try {
    return `printed ${run(scope).replace(/@[0-9a-f]+/g, '@')}`
  } catch (error) {
    if (!(error instanceof TemplateError)) throw wrong(`not a TemplateError: ${String(error)}`, text)
    if (!(error.line >= 1 && error.column >= 1)) throw wrong(`no place: ${error.message}`, text)
    return `failed ${error.message}`
  }
}

const wrong = (message: string, text: string): Finding => new Finding(message, Buffer.from(text))

function check(text: string): void {
  const { template, diagnostics } = parseTemplate(text)
  if ((template.error !== undefined) !== diagnostics.some(({ severity }) => severity === 'error')) {
    throw wrong('an error without a diagnostic, or the other way round', text)
  }
  const lines = text.split(/\r\n|\n|\r/)
  for (const { line = 0, column = 0 } of diagnostics) {
    if (column < 1 || column > (lines[line - 1]?.length ?? -1) + 2)
      throw wrong(`no place ${line}:${column}`, text)
  }
  const run = compileTemplate(template)
  for (const scope of [awsScope, velocityScope]) {
    const first = outcome(text, run, scope())
    if (outcome(text, run, scope()) !== first) throw wrong('another result the second time', text)
    const traced = compileTemplate(template, new Trace())
    if (outcome(text, traced, scope()) !== first) throw wrong('another result when traced', text)
  }
}

const PUNCTUATION = '#$\\"\'(){}[]!.,\n '.split('')

/** Leaves out, doubles or exchanges parts of a template. */
function damage(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const end = Math.min(text.length, at + random.between(1, 8))
  const part = text.slice(at, end)
  return random.pick([
    () => text.slice(0, at) + text.slice(end),
    () => text.slice(0, end) + part + text.slice(end),
    () => text.slice(0, at) + random.pick(PUNCTUATION) + text.slice(end),
    () => text.slice(0, end),
  ])()
}

export const target: FuzzTarget = {
  name: 'vtl',
  async run(random) {
    for (let i = 0; i < 10; i++) {
      let text = randomTemplate(random)
      for (let times = random.pick([0, 0, 1, 3]); times > 0; times--) text = damage(random, text)
      check(text)
    }
  },
  async replay(input) {
    check(Buffer.from(input).toString())
  },
}
