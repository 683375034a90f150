import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Random } from '../../support/random.ts'
import { randomPipeline } from '../http/support/random-requests.ts'
import { RawClient } from '../http/support/raw-client.ts'
import { Recorder, sight } from '../http/support/recorder.ts'
import { judge, type JudgedRequest } from '../http/support/strict-judge.ts'
import { STAGE } from './support/definition.ts'
import { startHouse, type House } from './support/house.ts'

// Whatever a client sends, what an HTTP_PROXY integration sends on is well-formed to a strict reader, and is what the
// client sent: no request more, no other order, no other body.

const API = 'wire'
const PATH = `_aws/execute-api/${API}/${STAGE}`

let house: House
let recorder: Recorder

beforeAll(async () => {
  recorder = new Recorder()
  house = await startHouse()
  const uri = `${recorder.origin}/{proxy}`
  house.deploy(API, {
    paths: {
      '/{proxy+}': {
        ANY: {
          integration: {
            type: 'HTTP_PROXY',
            httpMethod: 'ANY',
            uri,
            requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
          },
        },
      },
    },
  })
})

afterAll(async () => {
  await house.stop()
  recorder.stop()
})

/** Method, first segment of the path, body. How the rest of a path is spelled is not looked at here. */
function essence({ method, target, body }: Pick<JudgedRequest, 'method' | 'target' | 'body'>): string {
  const [path = ''] = target.replace(`/${PATH}`, '').split(/[?#]/)
  return sight({ method, target: path.replace(/(?<=.)\/.*/, ''), body })
}

/** As it may be sent on: some methods carry no body. */
function forwardable(request: JudgedRequest): string {
  return essence(['GET', 'HEAD', 'OPTIONS'].includes(request.method) ? { ...request, body: '' } : request)
}

for (const [oddness, count] of [
  [0, 100],
  [0.05, 300],
  [0.15, 300],
] as const) {
  test(`${count} pipelines, each part odd with probability ${oddness}`, async () => {
    const random = new Random(7)
    let forwarded = 0
    for (let i = 0; i < count; i++) {
      const text = randomPipeline(random, { oddness }, 3).replaceAll(/ \/r(?=\d)/g, ` /${PATH}/r`)
      const client = await RawClient.open(house.port)
      await client.send(text)
      client.finish()
      await client.rest()
      const left = judge(text).requests.map(forwardable)
      for (const one of recorder.take().map(essence)) {
        const at = left.indexOf(one)
        if (at === -1) throw new Error(`${one} was sent on, of ${JSON.stringify(text)}`)
        left.splice(0, at + 1)
        forwarded++
      }
      expect({ text, violations: recorder.violations }).toEqual({ text, violations: [] })
    }
    expect(forwarded).toBeGreaterThan(count / 4)
  })
}

test('a body that is not sent on is still read to its end first', async () => {
  const client = await RawClient.open(house.port)
  await client.send(`GET /${PATH}/r HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n`)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect([client.received, recorder.take()]).toEqual(['', []])
  await client.send('5\r\nhelloX')
  expect(await client.rest()).toStartWith('HTTP/1.1 400 ')
  expect(recorder.take()).toEqual([])
})
