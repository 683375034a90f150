/**
 * What is kept in Redis, and the form that it has: nodes of two versions of the program may share one. Whoever changes a
 * form gives it the next number, so that neither reads what the other wrote. Form 1 has no number in its name.
 */
export const stateForms = {
  /** `AT LACK CAPACITY`; 1 was `AT LACK`. */
  bucket: { name: 'b', form: 2 },
  /** A number. */
  count: { name: 'n', form: 1 },
  /** `DAY ERA SEED GRANTED` */
  quota: { name: 'q', form: 1 },
  /** A hash: process → `HELD UNTIL WANTED`. */
  turns: { name: 't', form: 1 },
} as const

/** The name of a key: `gh:b2:…`. */
export function stateKey(kind: keyof typeof stateForms, id: string): string {
  const { name, form } = stateForms[kind] as { readonly name: string; readonly form: number }
  return `gh:${name}${form === 1 ? '' : form}:${id}`
}
