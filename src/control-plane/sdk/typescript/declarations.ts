import type { NamedType } from '../data-type.ts'
import { Names, pascalCase, wordsOf } from '../names.ts'
import { javascriptText, plainLine } from '../quoted.ts'
import { bodyForm, type Place, type SdkApi, type SdkBody, type SdkOperation } from '../sdk-api.ts'
import { propertyName, typescriptType } from './typescript-type.ts'
import type { NamedOperation } from './typescript-sdk.ts'

/** What the declarations themselves use. */
const reserved: readonly string[] =
  `Answer ApiError CallOptions Client ClientOptions Credentials Operation ParameterValue QueryValue Headers
Promise`.split(/\s+/)

/** The types of an API: the same text in TypeScript and in declaration files. */
export function typescriptDeclarations(api: SdkApi, operations: readonly NamedOperation[]): string {
  const names = new Names(reserved)
  const byKey = new Map(api.types.map(({ key, label }) => [key, names.claim(pascalCase(wordsOf(label)))]))
  const nameOf = (key: string): string | undefined => byKey.get(key)
  const models = api.types.map((type) => modelDeclaration(type, nameOf))
  const methods = operations.map((named) => methodDeclaration(named, names, nameOf))
  return [
    ...models,
    ...methods.flatMap(({ input, answer }) => [input, answer]),
    `export interface Client {\n${methods.map(({ signature }) => signature).join('\n\n')}\n}\n`,
  ].join('\n')
}

type NameOf = (key: string) => string | undefined

function modelDeclaration({ key, description, type }: NamedType, nameOf: NameOf): string {
  const name = nameOf(key) as string
  const comment = description === undefined ? '' : `/** ${plainLine(description)} */\n`
  return type.kind === 'object'
    ? `${comment}export interface ${name} ${typescriptType(type, nameOf)}\n`
    : `${comment}export type ${name} = ${typescriptType(type, nameOf)}\n`
}

interface MethodDeclaration {
  readonly input: string
  readonly answer: string
  readonly signature: string
}

function methodDeclaration(
  { name, operation }: NamedOperation,
  names: Names,
  nameOf: NameOf,
): MethodDeclaration {
  const upper = name.charAt(0).toUpperCase() + name.slice(1)
  const input = names.claim(`${upper}Input`)
  const answer = names.claim(`${upper}Answer`)
  const members = inputMembers(operation, nameOf)
  const isOptional = !members.some(({ required }) => required)
  const rows = members.map(({ name: member, required, type }) => {
    return `  readonly ${member}${required ? '' : '?'}: ${type}${required ? '' : ' | undefined'}\n`
  })
  const { httpMethod, path, isSigned, needsApiKey } = operation
  const needs = [isSigned ? 'credentials' : '', needsApiKey ? 'an API key' : ''].filter((need) => need !== '')
  const note = needs.length === 0 ? '' : `; needs ${needs.join(' and ')}`
  return {
    input: `export interface ${input} {\n${rows.join('')}}\n`,
    answer: `export type ${answer} = ${answerType(operation, nameOf)}\n`,
    signature:
      `  /** ${plainLine(`${httpMethod} ${path}${note}`)} */\n` +
      `  ${name}(input${isOptional ? '?' : ''}: ${input}, options?: CallOptions): Promise<${answer}>`,
  }
}

interface InputMember {
  readonly name: string
  readonly required: boolean
  readonly type: string
}

function inputMembers(operation: SdkOperation, nameOf: NameOf): readonly InputMember[] {
  const { httpMethod, takesBody, bodies } = operation
  const places = (['path', 'query', 'headers'] as const).flatMap((place) => placeMember(operation, place))
  const body = union(bodies.map((one) => bodyType(one, nameOf)))
  const types = union(bodies.map(({ contentType }) => javascriptText(contentType)))
  return [
    ...(httpMethod === 'ANY' ? [{ name: 'method', required: true, type: 'string' }] : []),
    ...places,
    ...(takesBody
      ? [
          { name: 'body', required: bodies.length > 0, type: body },
          { name: 'contentType', required: false, type: bodies.length === 0 ? 'string' : types },
        ]
      : []),
  ]
}

function placeMember({ parameters }: SdkOperation, place: Place): readonly InputMember[] {
  const here = parameters.filter((parameter) => parameter.place === place)
  if (here.length === 0) return []
  const rows = here.map(({ name, required }) => {
    const value = place !== 'query' ? 'ParameterValue' : required ? REQUIRED_IN_QUERY : 'QueryValue'
    return `readonly ${propertyName(name)}${required ? `: ${value}` : `?: ${value} | undefined`}`
  })
  const required = here.some((parameter) => parameter.required)
  return [{ name: place, required, type: `{ ${[...new Set(rows)].join('; ')} }` }]
}

const REQUIRED_IN_QUERY = 'ParameterValue | readonly ParameterValue[]'

/** What is declared; anything that succeeds where no success is. */
function answerType({ answers }: SdkOperation, nameOf: NameOf): string {
  const declared = answers.map(
    ({ status, bodies }) => `Answer<${status}, ${union(bodies.map((one) => bodyType(one, nameOf)))}>`,
  )
  const isAnySuccess = !answers.some(({ status }) => status >= 200 && status <= 299)
  return [...declared, ...(isAnySuccess ? ['Answer'] : [])].join(' | ')
}

function bodyType(body: SdkBody, nameOf: NameOf): string {
  const form = bodyForm(body)
  if (form === 'json') return typescriptType({ kind: 'named', key: body.key }, nameOf)
  return form === 'text' ? 'string' : 'unknown'
}

function union(types: readonly string[]): string {
  return types.length === 0 || types.includes('unknown') ? 'unknown' : [...new Set(types)].join(' | ')
}
