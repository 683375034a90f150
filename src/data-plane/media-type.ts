/** The first media type of a Content-Type or Accept value, in lower case and without parameters. */
export function mediaTypeOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  let end = value.length
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code === 44 || code === 59) {
      end = i
      break
    }
  }
  const type = value.slice(0, end).trim().toLowerCase()
  return type === '' ? undefined : type
}

/** Whether a Content-Type or Accept value names something that an API treats as binary. */
export type BinaryTest = (value: string | undefined) => boolean

/**
 * @param types `binaryMediaTypes`: `image/png`, `image/*` or the one that takes everything, two stars and a slash.
 * Parameters of the compared value are ignored. Developer guide, "Content type conversions in API Gateway".
 */
export function compileBinaryTest(types: readonly string[]): BinaryTest {
  if (types.length === 0) return () => false
  const exact = new Set(types.map((type) => type.toLowerCase()))
  if (exact.has('*/*')) return () => true
  const ranges = [...exact].filter((type) => type.endsWith('/*')).map((type) => type.slice(0, -1))
  return (value) => {
    const type = mediaTypeOf(value)
    return type !== undefined && (exact.has(type) || ranges.some((range) => type.startsWith(range)))
  }
}
