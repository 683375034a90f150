import { expect, test } from 'bun:test'
import { emptyBody, textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { ServerRequest } from '#http/server-request.ts'
import { explanationType } from '#data-plane/explain/explain-request.ts'
import { Explainer } from './explainer.ts'
import { newPass, passesMax } from './explain-pass.ts'

const START = 1_800_000_000_000
const clock = { ms: START, now: () => clock.ms }

const asked = (field: string, method = 'GET'): HttpRequest =>
  new ServerRequest(
    '1.1',
    method,
    '/',
    new Headers(['Host', 'x', 'X-Gatehouse-Explain', field]),
    'x',
    emptyBody,
    { address: '127.0.0.1', secure: false },
  )

/** Answers with what it is asked. */
const echo = ({ method, headers }: HttpRequest): HttpReply => ({
  status: 200,
  headers: new Headers(),
  body: textBody(`${method} ${headers.get('x-gatehouse-explain') ?? 'hidden'}`),
})

async function served(explainer: Explainer, request: HttpRequest): Promise<string> {
  const { headers, body } = await explainer.serve(request, echo)
  const text = Buffer.from(await body.bytes(Infinity)).toString('utf8')
  if (headers.get('content-type') !== explanationType) return text
  return (JSON.parse(text) as { answer: { body: { text: string } } }).answer.body.text
}

test('a token opens for as long as it says', async () => {
  clock.ms = START
  const explainer = new Explainer(clock)
  expect(explainer.isOpen).toBe(false)
  const { token, pass } = newPass(START, 60)
  explainer.allow(pass)
  expect(explainer.isOpen).toBe(true)
  expect(await served(explainer, asked(token))).toBe('GET hidden')
  expect(await served(explainer, asked(`${token} HEAD`, 'POST'))).toBe('HEAD hidden')
  expect(await served(explainer, asked('another'))).toBe('GET another')
  clock.ms = START + 60_000
  expect(await served(explainer, asked(token))).toBe(`GET ${token}`)
})

test('without tokens it is closed again', async () => {
  clock.ms = START
  const explainer = new Explainer(clock)
  const { pass } = newPass(START, 60)
  explainer.allow({ ...pass, untilMs: START + 1 })
  clock.ms = START + 1
  while (explainer.isOpen) await Bun.sleep(1)
})

test(`it knows ${passesMax} tokens`, async () => {
  clock.ms = START
  const explainer = new Explainer(clock)
  const issued = Array.from({ length: passesMax + 1 }, () => newPass(START, 60))
  for (const { pass } of issued) explainer.allow(pass)
  const [first, second] = issued
  expect(await served(explainer, asked(first?.token ?? ''))).toBe(`GET ${first?.token}`)
  expect(await served(explainer, asked(second?.token ?? ''))).toBe('GET hidden')
})
