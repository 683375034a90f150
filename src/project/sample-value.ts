import { isMap, referred, type Json } from './json.ts'

/** Schemas may contain themselves. */
const DEPTH_MAX = 6

/** By `format`, where a plain word would not do. */
const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'ada@example.com',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  uri: 'https://example.com/',
}

/** By `type`. */
const SAMPLES: Readonly<Record<string, (root: Json, schema: Json, depth: number) => unknown>> = {
  string: (_, { format, minLength }) =>
    (typeof format === 'string' ? FORMATS[format] : undefined) ??
    'text'.padEnd(typeof minLength === 'number' ? Math.min(minLength, 1000) : 0, '.'),
  integer: (_, { minimum }) => (typeof minimum === 'number' ? Math.ceil(minimum) : 1),
  number: (_, { minimum }) => (typeof minimum === 'number' ? minimum : 1),
  boolean: () => true,
  array: (root, { items }, depth) => [sampleOf(root, items, depth + 1)].filter((item) => item !== undefined),
  object: (root, { properties }, depth) =>
    isMap(properties)
      ? Object.fromEntries(
          Object.entries(properties)
            .map(([name, property]) => [name, sampleOf(root, property, depth + 1)] as const)
            .filter(([, value]) => value !== undefined),
        )
      : {},
}

/** A value that a JSON schema would take, as far as that is easily told: something to begin a `curl` line with. */
export function sampleOf(root: Json, given: unknown, depth = 0): unknown {
  if (!isMap(given) || depth > DEPTH_MAX) return undefined
  const schema = referred(root, given)
  if (schema !== given) return sampleOf(root, schema, depth + 1)
  const { example, default: fallback, enum: values, allOf, type } = schema
  const first = Array.isArray(values) ? (values as unknown[])[0] : undefined
  const said = example ?? fallback ?? first
  if (said !== undefined) return said
  if (Array.isArray(allOf)) {
    const parts = allOf.map((part) => sampleOf(root, part, depth + 1)).filter(isMap)
    return Object.assign({}, ...parts) as Json
  }
  const named = typeof type === 'string' ? type : isMap(schema.properties) ? 'object' : ''
  return Object.hasOwn(SAMPLES, named) ? SAMPLES[named]?.(root, schema, depth) : undefined
}
