import { readFileSync } from 'node:fs'
import type { Diagnostic } from '#base/diagnostic.ts'
import { parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { toPlain } from '#languages/json/plain.ts'
import { JsonObject } from '#languages/json/value.ts'
import { newAwsScope, TemplateContext, type RequestParams } from '#languages/vtl/aws-objects.ts'
import { compileTemplate } from '#languages/vtl/compile.ts'
import { TemplateError } from '#languages/vtl/error.ts'
import { parseTemplate } from '#languages/vtl/parse.ts'
import { Trace, type TraceEvent } from '#languages/vtl/trace.ts'
import { parseArguments, UsageError } from '../arguments.ts'

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['input', true],
  ['context', true],
  ['params', true],
  ['stage-variables', true],
  ['trace', false],
])

/** `gatehouse vtl render TEMPLATE`: what a mapping template makes of an input, without a deployment. */
export async function run(texts: readonly string[]): Promise<number> {
  const { words, flags } = parseArguments(texts, FLAGS)
  const [action, file, ...others] = words
  if (action !== 'render' || file === undefined || others.length > 0) {
    throw new UsageError(
      'vtl takes "render" and one template, as in gatehouse vtl render item.vtl --input body.json',
    )
  }
  const given = (flag: string): string | undefined => flags.get(flag)?.at(-1)
  const text = read(file)
  const body = given('input')
  const members = objectOf(given('context'), '--context')
  const context = new TemplateContext(() => members)
  const params = objectOf(given('params'), '--params')
  const trace = given('trace') === 'true' ? new Trace() : undefined
  const { template, diagnostics } = parseTemplate(text)
  for (const diagnostic of diagnostics) console.error(told(diagnostic, file, text))
  if (template.error !== undefined) return 1
  try {
    const output = compileTemplate(
      template,
      trace,
    )(
      newAwsScope({
        body: body === undefined ? '' : read(body),
        params: {
          path: membersOf(params, 'path'),
          querystring: membersOf(params, 'querystring'),
          header: membersOf(params, 'header'),
        },
        context,
        stageVariables: textMembers(objectOf(given('stage-variables'), '--stage-variables')),
      }),
    )
    if (trace !== undefined) console.error(describeTrace(trace, context))
    process.stdout.write(output)
    return 0
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    if (trace !== undefined) console.error(describeTrace(trace, context))
    console.error(
      told({ severity: 'error', message: error.reason, line: error.line, column: error.column }, file, text),
    )
    return 1
  }
}

/** A file's text, `-` for standard input. @throws UsageError */
function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${(error as { code?: string }).code})`)
  }
}

/** @throws UsageError */
function objectOf(file: string | undefined, flag: string): JsonObject {
  if (file === undefined) return new JsonObject()
  let value
  try {
    value = parseJson(read(file))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${flag}: ${file} is not JSON: ${(error as Error).message}`)
  }
  if (!(value instanceof JsonObject)) throw new UsageError(`${flag}: ${file} holds no object of JSON`)
  return value
}

function textMembers(object: JsonObject): Readonly<Record<string, string>> {
  const members = Object.entries(toPlain(object) as Record<string, unknown>)
  return Object.fromEntries(members.map(([name, value]) => [name, String(value)]))
}

function membersOf(params: JsonObject, place: keyof RequestParams): Readonly<Record<string, string>> {
  const members = params.get(place)
  return members instanceof JsonObject ? textMembers(members) : {}
}

/** `item.vtl:3:5: error: …`, the line, and a mark below the place. */
function told({ severity, message, line = 1, column = 1 }: Diagnostic, file: string, text: string): string {
  const source = (text.split(/\r\n|\n|\r/)[line - 1] ?? '').replaceAll('\t', ' ')
  const from = Math.max(0, column - 60)
  const shown = source.slice(from, from + 100)
  return `${file}:${line}:${column}: ${severity}: ${message}\n  ${shown}\n  ${' '.repeat(column - 1 - from)}^`
}

function describeTrace({ events, dropped }: Trace, context: TemplateContext): string {
  const lines = events.flatMap((event) => [...describeEvent(event, '')])
  if (dropped > 0) lines.push(`… and ${dropped} more evaluations`)
  for (const name of ['requestOverride', 'responseOverride']) {
    const value = context.value.get(name)
    if (value !== undefined) lines.push(`$context.${name} = ${printJson(value, 'plain', 10_000)}`)
  }
  return lines.join('\n')
}

const OUTPUT_SHOWN_MAX = 200

function* describeEvent(event: TraceEvent, indent: string): Generator<string> {
  const place = `${event.line}:${event.column}`.padEnd(7)
  const output = JSON.stringify(event.output.slice(0, OUTPUT_SHOWN_MAX))
  const more = event.output.length > OUTPUT_SHOWN_MAX ? `… (${event.output.length} characters)` : ''
  yield `${place} ${indent}${event.source}`
  for (const { written, value } of event.values) yield `${' '.repeat(10)}${indent}${written} = ${value}`
  for (const child of event.children) yield* describeEvent(child, `${indent}  `)
  if (event.output !== '') yield `${' '.repeat(10)}${indent}→ ${output}${more}`
}
