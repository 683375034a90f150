import { parseArgs } from 'node:util'
import { pathDialects, type PathDialect } from '#languages/json-path/tree.ts'

/** What `--dialect` on the command line asks for; `2.0` unless it is there. @throws when it is no dialect */
export function pathDialectOption(): PathDialect {
  const { values } = parseArgs({ options: { dialect: { type: 'string', default: '2.0' } } })
  const dialect = pathDialects.find((name) => name === values.dialect)
  if (dialect !== undefined) return dialect
  throw new Error(`--dialect is ${JSON.stringify(values.dialect)}: expected ${pathDialects.join(' or ')}`)
}
