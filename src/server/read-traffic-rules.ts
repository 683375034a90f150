import { readFileSync } from 'node:fs'
import { DocumentError, isRecord, parseApiDocument } from '#control-plane/openapi/parse-document.ts'
import type { ParsedDocument, DocumentPath } from '#control-plane/openapi/parse-document.ts'
import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'

/** The file of `--traffic` is not what it should be; the message has all that is wrong, with line and column. */
export class TrafficRulesError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TrafficRulesError'
  }
}

const RULES_MAX = 10_000
/** `*`, `api`, `api/stage`, `api/stage/GET /pets/{id}`, `api/stage/ANY $default`. */
const ROUTES = /^([^/]+)(?:\/([^/]+)(?:\/(\*|(?:[A-Z]+|\*) (?:\*|\$default|\/.*)))?)?$/

/**
 * Reads the file of `--traffic`: a map from routes to what `x-gatehouse-traffic` would say of them; docs/resilience.md.
 * @throws TrafficRulesError
 */
export function readTrafficRules(file: string): readonly TrafficRule[] {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new TrafficRulesError(`cannot be read (${(error as { code?: string }).code})`)
  }
  try {
    return rulesOf(parseApiDocument(bytes))
  } catch (error) {
    throw error instanceof DocumentError ? new TrafficRulesError(error.message) : error
  }
}

function rulesOf(document: ParsedDocument): readonly TrafficRule[] {
  const problems: string[] = []
  const report = (path: DocumentPath, message: string): void => {
    const { line, column } = document.locate(path) ?? {}
    problems.push(line === undefined ? message : `${message} (line ${line}, column ${column})`)
  }
  const entries = Object.entries(document.root)
  if (entries.length > RULES_MAX) report([], `${entries.length} routes, at most ${RULES_MAX}`)
  const rules = entries.flatMap(([routes, settings]): TrafficRule[] => {
    const match = ROUTES.exec(routes)
    if (match === null) {
      report(
        [routes],
        `${routes}: expected API, API/STAGE or API/STAGE/METHOD PATH such as pets/prod/GET /pets/{id}, each or *`,
      )
      return []
    }
    for (const { path, message } of readTraffic(settings, [routes]).findings) report(path, message)
    const [, api = '*', stage = '*', route = '*'] = match
    const [httpMethod = '*', path = '*'] = route.split(/ (.*)/)
    return isRecord(settings) ? [{ api, stage, httpMethod, path, settings }] : []
  })
  if (problems.length > 0) throw new TrafficRulesError(problems.join('; '))
  return rules
}
