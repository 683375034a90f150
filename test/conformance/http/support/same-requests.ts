import { judge, type JudgedRequest } from './strict-judge.ts'
import { sight } from './recorder.ts'

/**
 * What is wrong with requests that were served, or forwarded, out of a byte stream: each must be one that a strict
 * reader sees there, with the same body, in the same order, from the first on.
 * @param seen as `sight` tells them
 * @returns undefined when all is well
 */
export function strayRequest(text: string, seen: readonly string[]): string | undefined {
  const { requests, violation } = judge(text)
  for (const [i, given] of seen.entries()) {
    const request = requests[i]
    if (request === undefined) return `${given} is no request: ${violation ?? 'nothing is left'}`
    const expected = sight({ ...request, target: reduced(request) })
    if (given !== expected) return `${given} was sent as ${expected}`
  }
  return undefined
}

/** Path and query of a target (RFC 9112 §3.2), by another way than the engine's. */
export function reduced({ method, target }: Pick<JudgedRequest, 'method' | 'target'>): string {
  const [whole = ''] = target.split('#')
  if (!/^https?:/i.test(whole)) return whole
  const path = whole.replace(/^https?:\/\/[^/?]*/i, '')
  if (path === '' && method === 'OPTIONS') return '*'
  return path.startsWith('/') ? path : `/${path}`
}
