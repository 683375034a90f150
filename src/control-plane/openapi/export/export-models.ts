import type { Model } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { isRecord } from '../parse-document.ts'
import type { DocumentationLookup } from './documentation-lookup.ts'
import type { Written } from './written.ts'

/** How schemas name other models of their API. */
const REFERENCE = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]+\/models\/([A-Za-z0-9]+)$/

/** The schemas of the models that methods use, and of those that these use, by name (recorded on AWS). */
export function exportModels(
  { models, resources }: RestApiSnapshot,
  modelPrefix: string,
  documentation: DocumentationLookup,
): Written {
  const byName = new Map(models.map((model) => [model.name, model]))
  const wanted = new Set<string>()
  for (const { methods } of resources) {
    for (const { requestModels, methodResponses } of Object.values(methods)) {
      for (const name of Object.values(requestModels ?? {})) wanted.add(name)
      for (const { responseModels } of Object.values(methodResponses)) {
        for (const name of Object.values(responseModels ?? {})) wanted.add(name)
      }
    }
  }
  const schemas = new Map<string, unknown>()
  // The set grows while it is walked: references lead to further models.
  for (const name of wanted) {
    const model = byName.get(name)
    if (model !== undefined)
      schemas.set(
        name,
        schemaOf(model, modelPrefix, (found) => void wanted.add(found)),
      )
  }
  // In the order in which the API has them.
  return Object.fromEntries(
    models
      .filter(({ name }) => schemas.has(name))
      .map(({ name }) => [name, documented(schemas.get(name), documentation.of({ type: 'MODEL', name }))]),
  )
}

/** A reference has no members beside it. */
function documented(schema: unknown, documentation: Written): unknown {
  return isRecord(schema) && !Object.hasOwn(schema, '$ref') ? { ...schema, ...documentation } : schema
}

function schemaOf({ schema }: Model, modelPrefix: string, found: (name: string) => void): unknown {
  try {
    return referring(JSON.parse(schema ?? '{}'), modelPrefix, found)
  } catch {
    // Models may hold templates of other kinds of document: those describe nothing to OpenAPI.
    return {}
  }
}

/** The schema with its references to models as the document's own. */
function referring(value: unknown, modelPrefix: string, found: (name: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item) => referring(item, modelPrefix, found))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      if (name === '$schema') return []
      const model = name === '$ref' && typeof member === 'string' ? REFERENCE.exec(member)?.[1] : undefined
      if (model === undefined) return [[name, referring(member, modelPrefix, found)]]
      found(model)
      return [[name, `${modelPrefix}${model}`]]
    }),
  )
}
