import type { Method, MethodResponse } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import type { NamedType } from './data-type.ts'
import { wordsOf } from './names.ts'
import { readModels } from './read-models.ts'

/** What a generator knows of an API: nothing of any language. */
export interface SdkApi {
  readonly name: string
  /** Of the stage, without a slash at its end. */
  readonly invokeUrl: string
  readonly region: string
  /** By path, then by method. */
  readonly operations: readonly SdkOperation[]
  readonly types: readonly NamedType[]
}

export interface SdkOperation {
  /** Of the owner's `operationName`; empty without one. */
  readonly givenWords: readonly string[]
  /** As AWS names methods: the words of the path (or `root`), then the method. */
  readonly pathWords: readonly string[]
  /** `ANY`: the caller says which. */
  readonly httpMethod: string
  readonly path: string
  readonly parameters: readonly SdkParameter[]
  readonly takesBody: boolean
  /** What may be sent, the default content type first; none: anything. */
  readonly bodies: readonly SdkBody[]
  /** What is declared to come back, by status. */
  readonly answers: readonly SdkAnswer[]
  readonly isSigned: boolean
  readonly needsApiKey: boolean
}

export type Place = 'path' | 'query' | 'headers'

export interface SdkParameter {
  readonly place: Place
  readonly name: string
  readonly required: boolean
}

export interface SdkBody {
  readonly contentType: string
  /** Of its type. */
  readonly key: string
}

/** How a body is seen by those who send or read it: only JSON has the type of its model. */
export function bodyForm({ contentType }: SdkBody): 'json' | 'text' | 'bytes' {
  if (/[/+]json\b/i.test(contentType)) return 'json'
  return /^text\/|[/+]xml\b/i.test(contentType) ? 'text' : 'bytes'
}

export interface SdkAnswer {
  readonly status: number
  readonly bodies: readonly SdkBody[]
}

/** @param invokeUrl where the API is called unless the caller says otherwise */
export function sdkApi({ api, region, resources, models }: RestApiSnapshot, invokeUrl: string): SdkApi {
  const operations = resources
    .flatMap(({ path, methods }) => Object.values(methods).map((method) => operationOf(path, method)))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  const wanted = operations
    .flatMap(({ bodies, answers }) => [...bodies, ...answers.flatMap((answer) => answer.bodies)])
    .map(({ key }) => key)
  return {
    name: api.name,
    invokeUrl,
    region,
    operations,
    types: readModels(models, wanted),
  }
}

function operationOf(path: string, method: Method): SdkOperation {
  const words = wordsOf(path)
  const bodies = bodiesOf(method.requestModels)
  return {
    givenWords: wordsOf(method.operationName ?? ''),
    pathWords: [...(words.length === 0 ? ['root'] : words), method.httpMethod.toLowerCase()],
    httpMethod: method.httpMethod,
    path,
    parameters: parametersOf(path, method),
    takesBody: bodies.length > 0 || !BODILESS.has(method.httpMethod),
    bodies,
    answers: Object.entries(method.methodResponses)
      .filter(([status]) => /^\d{3}$/.test(status))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([status, response]) => answerOf(Number(status), response)),
    isSigned: method.authorizationType === 'AWS_IAM',
    needsApiKey: method.apiKeyRequired,
  }
}

/** Methods that have no body unless the API declares one. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

const PLACES: Readonly<Record<string, Place>> = { querystring: 'query', header: 'headers' }

/** Those of the path whether or not the method declares them, then the others by place and name. */
function parametersOf(path: string, { requestParameters }: Method): readonly SdkParameter[] {
  const inPath = [...path.matchAll(/\{([^{}+]+)\+?\}/g)].map(([, name]): SdkParameter => ({
    place: 'path',
    name: name as string,
    required: true,
  }))
  const others = Object.entries(requestParameters ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, required]): SdkParameter[] => {
      const [, from, name] = /^method\.request\.(header|querystring)\.(.+)$/s.exec(key) ?? []
      const place = PLACES[from ?? '']
      return place !== undefined && name !== undefined ? [{ place, name, required }] : []
    })
  return [...inPath, ...others]
}

function answerOf(status: number, { responseModels }: MethodResponse): SdkAnswer {
  return { status, bodies: bodiesOf(responseModels) }
}

/** The model that methods are given when nobody says what they answer: not to be believed. */
const EMPTY = 'Empty'

function bodiesOf(models: Readonly<Record<string, string>> | undefined): readonly SdkBody[] {
  return Object.entries(models ?? {})
    .filter(([, key]) => key !== EMPTY)
    .map(([contentType, key]) => ({ contentType, key }))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

/** JSON first: it is what is sent when the caller does not say. */
function rank({ contentType }: SdkBody): string {
  return `${contentType === 'application/json' ? 0 : 1}${contentType}`
}

function sortKey({ path, httpMethod }: SdkOperation): string {
  return `${path}\n${httpMethod}`
}
