const depthMax = 8
const membersMax = 50

type Schema = Readonly<Record<string, unknown>>

/**
 * A value such as a schema describes: its own example where it has one.
 * @param schemas what its references name
 */
export function schemaExample(schema: unknown, schemas: Schema, depth: number = 0): unknown {
  if (!isSchema(schema) || depth > depthMax) return null
  const { $ref, example, enum: choices, allOf, oneOf, anyOf } = schema
  if (example !== undefined) return example
  if (schema['default'] !== undefined) return schema['default']
  if (typeof $ref === 'string')
    return schemaExample(member(schemas, $ref.split('/').at(-1) ?? ''), schemas, depth + 1)
  if (Array.isArray(choices)) return choices[0] ?? null
  if (Array.isArray(allOf)) {
    return Object.assign({}, ...allOf.map((each) => schemaExample(each, schemas, depth + 1))) as object
  }
  const [first] = [oneOf, anyOf].flatMap((some) => (Array.isArray(some) ? (some as unknown[]) : []))
  if (first !== undefined) return schemaExample(first, schemas, depth + 1)
  const type =
    typeof schema['type'] === 'string' ? schema['type'] : isSchema(schema['properties']) ? 'object' : ''
  const make = Object.hasOwn(byType, type) ? byType[type] : undefined
  return make === undefined ? null : make(schema, schemas, depth)
}

const byType: Readonly<Record<string, (schema: Schema, schemas: Schema, depth: number) => unknown>> = {
  string: ({ format }) =>
    typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : 'string',
  integer: ({ minimum }) => (typeof minimum === 'number' ? Math.ceil(minimum) : 0),
  number: ({ minimum }) => (typeof minimum === 'number' ? minimum : 0),
  boolean: () => true,
  array: ({ items }, schemas, depth) => [schemaExample(items, schemas, depth + 1)],
  object: ({ properties }, schemas, depth) =>
    isSchema(properties)
      ? Object.fromEntries(
          Object.entries(properties)
            .slice(0, membersMax)
            .map(([name, schema]) => [name, schemaExample(schema, schemas, depth + 1)]),
        )
      : {},
}

const formats: Readonly<Record<string, string>> = {
  date: '2030-01-31',
  'date-time': '2030-01-31T12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function member(schemas: Schema, name: string): unknown {
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined
}
