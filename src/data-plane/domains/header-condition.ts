import type { Headers } from '#http/headers.ts'
import type { HeaderMatch } from '#model/routing-rule.ts'

/** Whether a request's headers are as a routing rule wants them. */
export type HeaderCondition = (headers: Headers) => boolean

/** Of a header that came several times, any value will do. */
export function compileHeaderCondition({ header, valueGlob }: HeaderMatch): HeaderCondition {
  const matches = compileGlob(valueGlob)
  return (headers) => headers.getAll(header).some(matches)
}

/** `value`, `value*`, `*value` or `*value*`; case matters. */
function compileGlob(glob: string): (value: string) => boolean {
  const open = glob.startsWith('*')
  const closed = glob.length > 1 && glob.endsWith('*')
  const text = glob.slice(open ? 1 : 0, closed ? -1 : undefined)
  if (open && closed) return (value) => value.includes(text)
  if (open) return (value) => value.endsWith(text)
  if (closed) return (value) => value.startsWith(text)
  return (value) => value === text
}
