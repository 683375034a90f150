import { compileSchema, type CompiledSchema } from '#languages/json-schema/compile.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'

/** By name, once a deployment: many methods have the same model. */
const compiled = new WeakMap<RestApiSnapshot, Map<string, CompiledSchema>>()

/** A model of the deployment, ready to check bodies; undefined when it has none of this name. */
export function modelOf(snapshot: RestApiSnapshot, name: string): CompiledSchema | undefined {
  const known = compiled.get(snapshot) ?? new Map<string, CompiledSchema>()
  compiled.set(snapshot, known)
  const schema = known.get(name)
  if (schema !== undefined) return schema
  const text = schemaOf(snapshot, name)
  if (text === undefined) return undefined
  const made = compileSchema(text, (other) => schemaOf(snapshot, other))
  known.set(name, made)
  return made
}

function schemaOf({ models }: RestApiSnapshot, name: string): string | undefined {
  return models.find((model) => model.name === name)?.schema
}
