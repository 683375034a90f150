import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { ProjectError } from './manifest.ts'

/** An OpenAPI document, as far as a project needs to know it. */
export interface ProjectDocument {
  /** What is imported. */
  readonly bytes: Uint8Array
  readonly title: string
  readonly operations: readonly DocumentOperation[]
}

export interface DocumentOperation {
  /** `GET`; `ANY` for x-amazon-apigateway-any-method. */
  readonly method: string
  /** `/pets/{petId}` */
  readonly path: string
  readonly summary: string | undefined
  /** Path and query parameters that an example call gives. */
  readonly parameters: readonly ExampleParameter[]
  /** JSON text. */
  readonly exampleBody: string | undefined
}

export interface ExampleParameter {
  readonly place: 'path' | 'query' | 'header'
  readonly name: string
  readonly required: boolean
  readonly example: string | undefined
}

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  patch: 'PATCH',
  'x-amazon-apigateway-any-method': 'ANY',
}

/**
 * Reads the document at `file`. `${AWS::AccountId}` and `${AWS::Region}` stand for the account and region deployed
 * to, as they do in CloudFormation templates.
 * @throws ProjectError with line and column when it is neither YAML nor JSON
 */
export function readDocument(file: string, account: string, region: string): ProjectDocument {
  const text = readFileSync(file, 'utf8')
    .replaceAll('${AWS::AccountId}', account)
    .replaceAll('${AWS::Region}', region)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new ProjectError(`${file}:${line}:${col}: ${error.message.split(' at line')[0]}`)
  }
  const root = asMap(document.toJS({ maxAliasCount: 1000 }))
  return {
    bytes: Buffer.from(text, 'utf8'),
    title: textOf(asMap(root.info).title) ?? 'API',
    operations: Object.entries(asMap(root.paths)).flatMap(([path, item]) => operationsOf(path, asMap(item))),
  }
}

function operationsOf(path: string, item: Record<string, unknown>): DocumentOperation[] {
  return Object.entries(item).flatMap(([key, value]) => {
    const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined
    if (method === undefined) return []
    const operation = asMap(value)
    return [
      {
        method,
        path,
        summary: typeof operation.summary === 'string' ? operation.summary : undefined,
        parameters: [...asList(item.parameters), ...asList(operation.parameters)].flatMap(parameterOf),
        exampleBody: exampleBodyOf(operation),
      },
    ]
  })
}

function parameterOf(value: unknown): ExampleParameter[] {
  const parameter = asMap(value)
  const place = parameter.in
  if (place !== 'path' && place !== 'query' && place !== 'header') return []
  const example = parameter.example ?? asMap(parameter.schema).example ?? asMap(parameter.schema).default
  return [
    {
      place,
      name: textOf(parameter.name) ?? '',
      required: parameter.required === true,
      example: textOf(example),
    },
  ]
}

function exampleBodyOf(operation: Record<string, unknown>): string | undefined {
  const json = asMap(asMap(asMap(operation.requestBody).content)['application/json'])
  const example = json.example ?? asMap(json.schema).example
  return example === undefined ? undefined : JSON.stringify(example)
}

/** Texts, numbers and booleans as they are written; nothing else is an example for a URL. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
