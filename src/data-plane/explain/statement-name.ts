import type { Statement } from '#languages/policy/document.ts'

/** Which statement of a policy it is, for its owner. */
export function statementName({ index, sid, effect, line }: Statement): object {
  return { index, sid, effect, line }
}
