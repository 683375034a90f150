import { timingSafeEqual } from 'node:crypto'

/** Whether two texts are the same, in a time that does not depend on where they differ: for secrets. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a, 'utf8')
  const right = Buffer.from(b, 'utf8')
  return left.length === right.length && timingSafeEqual(left, right)
}
