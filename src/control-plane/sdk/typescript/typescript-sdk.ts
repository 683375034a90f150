import type { ZipEntry } from '#base/zip.ts'
import { objectMembers } from '../javascript/object-members.ts'
import { camelCase, Names } from '../names.ts'
import { packageName, type PackageRules } from '../package-name.ts'
import { javascriptText, plainLine } from '../quoted.ts'
import { sourceOf, withoutTypes } from '../script.ts'
import type { SdkApi, SdkOperation } from '../sdk-api.ts'
import { sdkFile } from '../sdk-file.ts'
import type { SdkParameters } from '../sdk-generators.ts'
import { typescriptDeclarations } from './declarations.ts'
import { typescriptReadme } from './readme.ts'

const npm: PackageRules = {
  name: /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/,
  nameExample: '@team/pet-store',
  version: /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/,
  versionExample: '1.2.3 or 1.2.3-beta.1',
}

export interface NamedOperation {
  readonly name: string
  readonly operation: SdkOperation
}

/** A typed client as an npm package: TypeScript, and the JavaScript and declarations made of it. */
export function typescriptSdk(api: SdkApi, parameters: SdkParameters): readonly ZipEntry[] {
  const { name, version } = packageName(api, parameters, npm)
  const folder = name.slice(name.indexOf('/') + 1)
  const names = new Names(objectMembers)
  const operations = api.operations.map((operation): NamedOperation => {
    const words = operation.givenWords.length > 0 ? operation.givenWords : operation.pathWords
    return { name: names.claim(camelCase(words)), operation }
  })
  const title = `// A client of ${plainLine(api.name)}. Generated: changes are lost.\n`
  const declarations = typescriptDeclarations(api, operations)
  const types = sourceOf('runtime/types.ts')
  const modules: readonly (readonly [name: string, source: string])[] = [
    ['index', `${title}${indexHead}\n${declarations}\n${indexBody(api, operations)}`],
    ['connect', withPackagedImports(sourceOf('typescript/connect.ts'))],
    ['send', withPackagedImports(sourceOf('runtime/send.ts'))],
  ]
  return [
    sdkFile(`${folder}/README.md`, typescriptReadme(api, name, operations)),
    sdkFile(`${folder}/package.json`, `${JSON.stringify(manifest(api, name, version), null, 2)}\n`),
    ...modules.flatMap(([module, source]) => [
      sdkFile(`${folder}/src/${module}.ts`, source),
      sdkFile(`${folder}/dist/${module}.js`, withoutTypes(source)),
    ]),
    sdkFile(`${folder}/src/types.ts`, types),
    // Interfaces alone are their own declarations.
    sdkFile(`${folder}/dist/types.d.ts`, types),
    sdkFile(`${folder}/dist/index.d.ts`, `${title}${declarationsHead}\n${declarations}\n${declarationsTail}`),
  ]
}

function manifest(api: SdkApi, name: string, version: string): object {
  const types = { types: './dist/index.d.ts', default: './dist/index.js' }
  return {
    name,
    version,
    description: `Client of ${plainLine(api.name)}`,
    type: 'module',
    exports: { '.': types },
    types: './dist/index.d.ts',
    files: ['dist', 'src'],
    sideEffects: false,
    engines: { node: '>=20' },
  }
}

/** Packages name the JavaScript that a module becomes. */
function withPackagedImports(source: string): string {
  return source.replace(/from '\.\.?\/(?:runtime\/)?(\w+)\.ts'/g, "from './$1.js'")
}

const shared = `import type { Answer, CallOptions, ClientOptions, ParameterValue, QueryValue } from './types.js'

export type { Answer, CallOptions, ClientOptions, Credentials, ParameterValue, QueryValue } from './types.js'
`

const indexHead = `import { connect, type Operation } from './connect.js'
${shared}export { ApiError } from './send.js'
`

const declarationsHead = `${shared}
/** Thrown for statuses that a method does not declare: API Gateway's own refusals among them. */
export declare class ApiError extends globalThis.Error {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  constructor(what: string, status: number, headers: Headers, body: unknown)
}
`

const CREATE = 'export %function createClient(options?: ClientOptions): Client'
const declarationsTail = `${CREATE.replace('%', 'declare ')}\n`

function indexBody(api: SdkApi, operations: readonly NamedOperation[]): string {
  return `const defaults = {
  invokeUrl: ${javascriptText(api.invokeUrl)},
  region: ${javascriptText(api.region)},
}

const operations: readonly Operation[] = [
${operations.map(row).join('\n')}
]

${CREATE.replace('%', '')} {
  return connect(defaults, operations, options ?? {}) as unknown as Client
}
`
}

function row({ name, operation: { httpMethod, path, bodies, answers, isSigned } }: NamedOperation): string {
  return `  {
    name: ${javascriptText(name)},
    method: ${javascriptText(httpMethod)},
    path: ${javascriptText(path)},
    contentType: ${javascriptText(bodies[0]?.contentType ?? 'application/json')},
    statuses: [${answers.map(({ status }) => status).join(', ')}],
    isSigned: ${isSigned},
  },`
}
