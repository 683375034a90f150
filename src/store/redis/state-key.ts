/**
 * What is kept in Redis, and the form that it has: nodes of two versions of the program may share one. Whoever changes a
 * form gives it the next number, so that neither reads what the other wrote. Form 1 has no number in its name.
 */
export const stateForms = {
  /** `AT LACK CAPACITY`; 1 was `AT LACK`. */
  bucket: { name: 'b', form: 2 },
  /** A number. */
  count: { name: 'n', form: 1 },
  /** `DAY ERA SEED GRANTED`; of 1 the name did not tell the period's length. */
  quota: { name: 'q', form: 2 },
  /** A hash: process → `HELD UNTIL WANTED`. */
  turns: { name: 't', form: 1 },
  /** A hash of a stage's: digest → `SIZE EXPIRES answer`, and what each cache's codec makes of answers. */
  answers: { name: 'a', form: 1 },
  /** A list of digests. */
  answerOrder: { name: 'o', form: 1 },
  /** A set of stages. */
  answerStages: { name: 's', form: 1 },
  /** A channel of answers that were replaced before their time: `SENDER MILLISECONDS-LEFT DIGEST STAGE`. */
  replaced: { name: 'r', form: 1 },
  /** A hash: h, s, c, a, f. */
  connection: { name: 'conn', form: 1 },
  /** A set of connections' ids. */
  held: { name: 'held', form: 1 },
  /** A channel of messages to who holds connections. */
  messages: { name: 'to', form: 1 },
  /** Sorted sets: holder, or node → until when it lives. */
  lives: { name: 'lives', form: 1 },
  nodes: { name: 'nodes', form: 1 },
  /** Which Redis this is. */
  mark: { name: 'mark', form: 1 },
} as const

export type StateKind = keyof typeof stateForms

/** `gh:b2` */
export function stateName(kind: StateKind): string {
  const { name, form } = stateForms[kind] as { readonly name: string; readonly form: number }
  return `gh:${name}${form === 1 ? '' : form}`
}

/** The name of one of its keys: `gh:b2:…`. */
export function stateKey(kind: StateKind, id: string): string {
  return `${stateName(kind)}:${id}`
}
