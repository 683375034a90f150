import { headersOf, INCOMPLETE, MessageHead, parseRequestHead } from '#http/head.ts'
import { defaultHttpLimits } from '#http/limits.ts'
import { judge } from '../../conformance/http/support/strict-judge.ts'
import { damage, randomRequest } from '../../conformance/http/support/random-requests.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// The parser of request heads: whole as piece by piece, and never more than a strict reading of the RFC takes.

interface Parsed {
  /** The index after the head, INCOMPLETE, or a negated status. */
  readonly result: number
  readonly head: MessageHead
}

function parse(bytes: Buffer, end: number): Parsed {
  const head = new MessageHead()
  return { result: parseRequestHead(head, bytes, 0, end, defaultHttpLimits), head }
}

function check(text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  const whole = parse(bytes, bytes.length)
  for (let end = 1; end < bytes.length; end++) {
    const { result } = parse(bytes, end)
    if (result === INCOMPLETE) continue
    if (result === whole.result) break
    throw new Finding(`the first ${end} bytes give ${result}, all of them ${whole.result}`, text)
  }
  if (whole.result > 0) checkAccepted(text, whole)
}

function checkAccepted(text: string, { result, head }: Parsed): void {
  // Without its body, which is not the parser's: what is left must be one request with the same parts.
  const bodiless = head.chunked ? `${text.slice(0, result)}0\r\n\r\n` : text.slice(0, result)
  const length = Math.max(0, head.contentLength)
  if (length > 10_000) return
  const { requests, violation } = judge(bodiless + 'x'.repeat(length))
  const [request] = requests
  if (request === undefined)
    throw new Finding(`a strict reader refuses what was accepted: ${violation}`, text)
  const given = [head.method, head.target, head.minor, head.chunked, head.contentLength]
  const expected = [
    request.method,
    // The parser cuts off a fragment.
    request.target.replace(/#.*/, ''),
    request.minor,
    request.fields.some(([name]) => /^transfer-encoding$/i.test(name)),
    Number(request.fields.find(([name]) => /^content-length$/i.test(name))?.[1] ?? -1),
  ]
  if (!Bun.deepEquals(given, expected)) {
    throw new Finding(
      `read as ${JSON.stringify(given)}, by a strict reader as ${JSON.stringify(expected)}`,
      text,
    )
  }
  const headers = headersOf(head)
  for (const [name] of head.connectionNames === undefined ? request.fields : []) {
    const values = request.fields.filter((field) => field[0].toLowerCase() === name.toLowerCase())
    if (headers.get(name.toUpperCase()) !== values[0]?.[1] || headers.getAll(name).length !== values.length) {
      throw new Finding(`${name} is looked up as ${JSON.stringify(headers.getAll(name))}`, text)
    }
  }
  // Fields that Connection names are gone; all others are there, in order.
  const kept = request.fields.flat()
  let at = 0
  const { raw } = headers
  for (const part of raw) {
    while (at < kept.length && kept[at] !== part) at++
    if (at++ === kept.length) throw new Finding(`${JSON.stringify(part)} was not sent`, text)
  }
  if (head.connectionNames === undefined && raw.length !== kept.length) {
    throw new Finding(`${raw.length / 2} fields, a strict reader sees ${kept.length / 2}`, text)
  }
}

export const target: FuzzTarget = {
  name: 'request-head',
  async run(random) {
    for (let i = 0; i < 20; i++) {
      const text = randomRequest(random, { oddness: random.pick([0, 0.1, 0.3]) }, 'r')
      check(random.chance(0.5) ? text : damage(random, text, random.between(1, 4)))
    }
  },
  async replay(input) {
    check(Buffer.from(input).toString('latin1'))
  },
}
