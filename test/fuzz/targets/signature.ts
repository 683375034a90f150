import { Headers } from '#http/headers.ts'
import { canonicalRequest } from '#aws/canonical-request.ts'
import { readClaim } from '#aws/signature-claim.ts'
import { SignatureError } from '#aws/signature-error.ts'
import { sign, verify } from '#aws/sigv4.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Signed requests with something changed: taken only where what was signed is the same, refused with a reason otherwise.

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' }
const KEY = { secret: KEYS.secretAccessKey, account: '111122223333' }
const NOW = Date.UTC(2026, 0, 31, 12)
const SERVICE = 'execute-api'
const PIECES = [
  '/',
  '//',
  '.',
  '..',
  '%2F',
  '%',
  'a',
  '?',
  '&',
  '=',
  '+',
  ' ',
  ',',
  ';',
  'host',
  'x-amz-date',
  'X-Amz-Algorithm=AWS4-HMAC-SHA256',
  'X-Amz-Signature=',
  'X-Amz-Expires=60',
  'Credential=',
  'Signature=',
] as const

/** @param text `METHOD target`, header lines, an empty line, the body @returns whether its signature is taken */
function check(text: string): boolean {
  const [head = '', body = ''] = text.split('\n\n', 2)
  const [first = '', ...lines] = head.split('\n')
  const [method = '', target = ''] = first.split(' ', 2)
  const headers = new Headers(
    lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
  const request = { method, target, headers, body: Buffer.from(body, 'latin1') }
  let isTaken = false
  try {
    const claim = readClaim(request)
    if (claim === undefined) return false
    verify(claim, request, KEY, NOW)
    isTaken = true
  } catch (error) {
    if (!(error instanceof SignatureError)) throw new Finding(`throws ${String(error)}`, text)
  }
  if (isTaken && signedText(request) !== expectedText) throw new Finding('another request was taken', text)
  return isTaken
}

/** Of the request that was signed. */
let expectedText = ''

function signedText({ method, target, headers, body }: Parameters<typeof verify>[1]): string {
  return `${canonicalRequest({ method, target, headers }, ['host', 'x-amz-date'], '', SERVICE)}\n${Buffer.from(body).toString('latin1')}`
}

function signedRequest(): string {
  const headers = new Headers(['Host', 'a.example'])
  const request = { method: 'POST', target: '/prod/pets?a=1', headers, body: Buffer.from('body') }
  sign(request, KEYS, { region: 'us-east-1', service: SERVICE }, NOW)
  expectedText = signedText(request)
  const lines = [...headers].map(([name, value]) => `${name}:${value}`).join('\n')
  return `${request.method} ${request.target}\n${lines}\n\nbody`
}

function changed(random: Random, text: string): string {
  const at = random.below(text.length)
  const piece = random.chance(0.5) ? random.pick(PIECES) : String.fromCharCode(random.below(256))
  return text.slice(0, at) + piece + text.slice(at + random.below(3))
}

export const target: FuzzTarget = {
  name: 'signature',
  async run(random) {
    const signed = signedRequest()
    if (!check(signed)) throw new Finding('what was signed is refused', signed)
    for (let i = 0; i < 50; i++) {
      let text = signed
      for (let changes = random.between(1, 3); changes > 0; changes--) text = changed(random, text)
      check(text)
    }
  },
  async replay(input) {
    signedRequest()
    check(Buffer.from(input).toString('latin1'))
  },
}
