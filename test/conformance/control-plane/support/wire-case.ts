import { expect } from 'bun:test'
import type { AwsCaller } from '#aws/client.ts'
import { AwsError } from '#aws/error.ts'

/** One request to the control plane and what it must answer. */
export interface WireCall {
  /** `POST /restapis/{api}/resources`: a name in braces is what an earlier answer gave under `keeps`. */
  readonly ask: string
  readonly body?: object | string
  /** The whole answer; a name in braces here, too. */
  readonly gives?: unknown
  /** A part of the answer. */
  readonly has?: object
  /** What must not be a part of the answer. */
  readonly lacks?: object
  /** Code and message. */
  readonly fails?: readonly [code: string, message: string]
  /** Name → member of the answer, by its path. */
  readonly keeps?: Readonly<Record<string, string>>
}

/** Calls in order; names are those of the case alone. */
export interface WireCase {
  readonly name: string
  readonly calls: readonly WireCall[]
}

/** Plays a case against a control plane of its own. */
export async function playWireCase(caller: AwsCaller, { calls }: WireCase): Promise<void> {
  const kept = new Map<string, string>()
  for (const [index, { ask, body, gives, has, lacks, fails, keeps = {} }] of calls.entries()) {
    const where = `call ${index}, ${ask}`
    const answer = await answerOf(caller, filled(ask, kept), filledIn(body, kept))
    const expected: unknown = filledIn(fails ?? gives ?? has ?? answer, kept)
    if (answer instanceof Error && fails === undefined) throw new Error(`${where} fails`, { cause: answer })
    const shown = answer instanceof AwsError ? [answer.code, answer.message] : answer
    if (has === undefined) expect({ where, shown }).toEqual({ where, shown: expected })
    else expect({ where, shown }).toMatchObject({ where, shown: expected as object })
    if (lacks !== undefined) {
      expect({ where, shown }).not.toMatchObject({ where, shown: filledIn(lacks, kept) as object })
    }
    for (const [name, path] of Object.entries(keeps)) kept.set(name, memberAt(answer, path))
  }
}

async function answerOf(caller: AwsCaller, ask: string, body: unknown): Promise<unknown> {
  const [method = '', target = ''] = ask.split(' ')
  try {
    const bytes = typeof body === 'string' ? Buffer.from(body) : (body as object | undefined)
    return await caller.call('apigateway', method, target, bytes)
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}

function filled(text: string, kept: ReadonlyMap<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole)
}

function filledIn(value: unknown, kept: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return filled(value, kept)
  if (Array.isArray(value)) return value.map((entry) => filledIn(entry, kept))
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, filledIn(entry, kept)]))
}

function memberAt(value: unknown, path: string): string {
  let found = value
  for (const name of path.split('.')) found = (found as Readonly<Record<string, unknown>> | undefined)?.[name]
  if (typeof found !== 'string') throw new Error(`the answer has no text at ${path}`)
  return found
}
