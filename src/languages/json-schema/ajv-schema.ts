import { toPlainLocated } from './plain-located.ts'
import { isNames, sameValue } from './read.ts'
import type { SchemaNode } from './tree.ts'

/** A schema as ajv reads it. */
export type AjvSchema = Readonly<Record<string, unknown>>

/** Schemas, counted anew for each way that leads to them, up to which a compiled validator is quick for sure. */
const UNFOLDED_MAX = 20_000

/** One document with every reference inside it, of nothing but the keywords that we read. */
export function toAjvSchema(root: SchemaNode): AjvSchema {
  const names = new Map<SchemaNode, string>()
  const definitions: [name: string, schema: AjvSchema][] = []
  const write = (node: SchemaNode): AjvSchema => {
    if (node.ref === undefined) return writeNode(node, write)
    let name = names.get(node.ref)
    if (name === undefined) {
      name = `r${names.size}`
      names.set(node.ref, name)
      definitions.push([name, write(node.ref)])
    }
    return { $ref: `#/definitions/${name}` }
  }
  const schema = write(root)
  return { allOf: [schema], definitions: Object.fromEntries(definitions) }
}

function writeNode(node: SchemaNode, write: (node: SchemaNode) => AjvSchema): AjvSchema {
  const { type, pattern, format, items, properties, patternProperties, dependencies } = node
  const { multipleOf, maximum, minimum, additionalItems, additionalProperties } = node
  const written: Record<string, unknown> = {
    exclusiveMaximum: maximum && node.exclusiveMaximum,
    exclusiveMinimum: minimum && node.exclusiveMinimum,
    maxLength: node.maxLength,
    minLength: node.minLength,
    maxItems: node.maxItems,
    minItems: node.minItems,
    uniqueItems: node.uniqueItems,
    maxProperties: node.maxProperties,
    minProperties: node.minProperties,
    required: node.required,
    type: type && [...type],
    enum: node.enum && toPlainLocated(node.enum.values),
    multipleOf: multipleOf && Number(multipleOf.text),
    maximum: maximum && Number(maximum.text),
    minimum: minimum && Number(minimum.text),
    pattern: pattern?.source,
    format: format?.name,
    not: node.not && write(node.not),
    items: Array.isArray(items) ? items.map(write) : items && write(items as SchemaNode),
    additionalItems: typeof additionalItems === 'object' ? write(additionalItems) : additionalItems,
    additionalProperties:
      typeof additionalProperties === 'object' ? write(additionalProperties) : additionalProperties,
    properties:
      properties && Object.fromEntries(Array.from(properties, ([name, schema]) => [name, write(schema)])),
    patternProperties:
      patternProperties &&
      Object.fromEntries(patternProperties.map(([{ source }, schema]) => [source, write(schema)])),
    dependencies:
      dependencies &&
      Object.fromEntries(Array.from(dependencies, ([name, one]) => [name, isNames(one) ? one : write(one)])),
  }
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) written[name] = node[name]?.map(write)
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined))
}

/** Whether a body can make a compiled validator's work grow with more than its length: only counted steps end that. */
export function branchesTooMuch(root: SchemaNode): boolean {
  const sizes = new Map<SchemaNode, number>()
  const open = new Set<SchemaNode>()
  const tooMuch = (node: SchemaNode): number => {
    const known = sizes.get(node)
    if (known !== undefined) return known
    if (open.has(node)) return 0
    open.add(node)
    let size = 1
    for (const next of [...sameValue(node), ...parts(node)]) size += tooMuch(next)
    open.delete(node)
    sizes.set(node, size)
    return size
  }
  if (tooMuch(root) > UNFOLDED_MAX) return true
  for (const node of sizes.keys()) {
    const isBranching = sameValue(node).length > 1 || (node.patternProperties?.length ?? 0) > 0
    if (isBranching && reaches(node, node)) return true
  }
  return false
}

function reaches(from: SchemaNode, target: SchemaNode): boolean {
  const seen = new Set<SchemaNode>()
  const open = [...sameValue(from), ...parts(from)]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === target) return true
    if (seen.has(node)) continue
    seen.add(node)
    open.push(...sameValue(node), ...parts(node))
  }
  return false
}

/** The schemas of members and items. */
function parts({
  items,
  additionalItems,
  additionalProperties,
  properties,
  patternProperties,
}: SchemaNode): SchemaNode[] {
  const schemas = [...(properties?.values() ?? []), ...(patternProperties ?? []).map(([, schema]) => schema)]
  for (const one of [items, additionalItems, additionalProperties]) {
    if (typeof one === 'object') schemas.push(...(Array.isArray(one) ? one : [one as SchemaNode]))
  }
  return schemas
}
