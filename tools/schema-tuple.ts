/**
 * The tuples that `@aws-sdk/client-*` packages describe their shapes with:
 * `[kind, namespace, name, traits, …]`, where kind is 9 operation, 3 structure, 4 union, -3 error, 1 list, 2 map,
 * 0 simple; plain numbers are simple shapes, `() => tuple` points ahead.
 */
export type Tuple = readonly [
  kind: number,
  namespace: string,
  name: string,
  traits: Traits,
  ...rest: unknown[],
]
export type Traits = number | Readonly<Record<string, unknown>>

const TRAIT_BITS = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
]

/** What a reference points to: a shape's tuple, a simple shape's number, or `unit` (no members). */
export function resolve(ref: unknown): Tuple | number | 'unit' {
  if (typeof ref === 'function') return resolve((ref as () => unknown)())
  if (ref === 'unit' || typeof ref === 'number') return ref
  if (!Array.isArray(ref)) throw new Error(`not a schema: ${String(ref)}`)
  return hasMemberTraits(ref) ? resolve(ref[0]) : (ref as unknown as Tuple)
}

/** Traits of the member that a reference stands for. */
export function memberTraits(ref: unknown): Readonly<Record<string, unknown>> {
  return Array.isArray(ref) && hasMemberTraits(ref) ? traitsOf(ref[1] as Traits) : {}
}

export function traitsOf(traits: Traits): Readonly<Record<string, unknown>> {
  if (typeof traits !== 'number') return traits
  return Object.fromEntries(TRAIT_BITS.filter((_, bit) => traits & (1 << bit)).map((name) => [name, 1]))
}

/** `[schema, member traits]`, where a shape's own tuple starts with its kind and namespace. */
function hasMemberTraits(ref: readonly unknown[]): boolean {
  return typeof ref[0] !== 'number' || ref.length === 2
}
