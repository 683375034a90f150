/**
 * Writes `src/aws/tables/` from the official npm SDK packages (dev dependencies):
 * per service `<table>.json` (what the wire walker reads) and `<table>.ts` (the types handlers are written
 * against), and `index.ts`, the registry.
 *
 *     npm run generate              writes
 *     npm run generate -- --check   fails when the committed files differ from what the packages give
 *
 * Adding a service: a row in SERVICES and its `@aws-sdk/client-…` dev dependency.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NumberKind } from './aws-number-kinds.ts'
import { readPackage } from './aws-package.ts'
import { printRegistry, printTable } from './print-aws-table.ts'
import { printTypes } from './print-aws-types.ts'

export interface ServiceRow {
  /** File name of the table, and the name that services are mounted under. */
  readonly table: string
  /** `@aws-sdk/client-{package}` */
  readonly package: string
  /** Name of the generated operation map. */
  readonly operations: string
  /** Enums that the service itself checks, with a message of its own: no wire check, typed `string`. */
  readonly openEnums?: readonly string[]
  /** Kinds of numbers of which no example says anything, by `{structure}.{member}`. */
  readonly numbers?: Readonly<Record<string, NumberKind>>
}

const SERVICES: readonly ServiceRow[] = [
  {
    table: 'acm',
    package: 'acm',
    operations: 'AcmOperations',
    numbers: { 'SearchCertificatesRequest.MaxResults': 'integer' },
  },
  { table: 'apigateway', package: 'api-gateway', operations: 'ApiGatewayOperations' },
  { table: 'cognito-identity', package: 'cognito-identity', operations: 'CognitoIdentityOperations' },
  {
    table: 'apigatewaymanagementapi',
    package: 'apigatewaymanagementapi',
    operations: 'ApiGatewayManagementOperations',
  },
  { table: 'apigatewayv2', package: 'apigatewayv2', operations: 'ApiGatewayV2Operations' },
  {
    table: 'cognito-idp',
    package: 'cognito-identity-provider',
    operations: 'CognitoIdpOperations',
  },
  {
    table: 'iam',
    package: 'iam',
    operations: 'IamOperations',
    // IAM answers 'Policy', which its model does not know.
    openEnums: ['PermissionsBoundaryAttachmentType'],
  },
  { table: 'lambda', package: 'lambda', operations: 'LambdaOperations', openEnums: ['Runtime'] },
  { table: 'sts', package: 'sts', operations: 'StsOperations' },
]

const root = join(import.meta.dir, '..')
const folder = join(root, 'src', 'aws', 'tables')

/** File name → content, for every generated file. */
export async function generate(): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const services = []
  for (const row of SERVICES) {
    const service = await readPackage(join(root, 'node_modules', '@aws-sdk', `client-${row.package}`), row)
    services.push(service)
    files.set(`${row.table}.json`, printTable(service))
    files.set(`${row.table}.ts`, printTypes(service))
  }
  files.set('index.ts', printRegistry(services))
  return files
}

/** Names of generated files that differ from what is in the tree. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = []
  for (const [name, content] of await generate()) {
    const path = join(folder, name)
    if (!existsSync(path) || (await readFile(path, 'utf8')) !== content) stale.push(name)
  }
  return stale
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = await staleFiles()
    if (stale.length > 0) {
      console.error(
        `src/aws/tables: ${stale.join(', ')} differ from the installed packages: npm run generate`,
      )
      process.exit(1)
    }
  } else {
    await mkdir(folder, { recursive: true })
    for (const [name, content] of await generate()) await writeFile(join(folder, name), content)
  }
}
