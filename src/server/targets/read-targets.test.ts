import { describe, expect, test } from 'bun:test'
import { parseTargets } from './read-targets.ts'

test('the least there can be, with what holds then', () => {
  expect(parseTargets('{"link":{"targets":["10.0.0.1:8080"]}}')).toEqual([
    {
      name: 'link',
      targets: [{ address: '10.0.0.1:8080', weight: 1 }],
      protocol: undefined,
      tls: undefined,
      connectTimeoutMs: 2000,
      health: undefined,
      passive: { failures: 5, ejectMs: 10_000, ejectMsMax: 300_000, statuses: [[502, 504]] },
    },
  ])
})

test('all there can be', () => {
  const text = JSON.stringify({
    'arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/net/a/1/2': {
      targets: [{ address: '[::1]:81', weight: 3, attributes: { stage: 'prod' } }, 'app.internal'],
      protocol: 'https',
      tls: { serverName: 'app.internal', insecureSkipVerification: false },
      connectTimeoutMs: 500,
      health: {
        path: '/health?deep=1',
        host: 'app.internal',
        port: 9000,
        intervalMs: 1000,
        timeoutMs: 200,
        healthyThreshold: 3,
        unhealthyThreshold: 4,
        status: '200,204-206',
      },
      passive: { failures: 1, ejectMs: 5, ejectMsMax: 6, status: '500-599' },
    },
    off: { targets: [], passive: false },
  })
  const [all, off] = parseTargets(text)
  expect(all).toMatchObject({
    targets: [
      { address: '[::1]:81', weight: 3, attributes: { stage: 'prod' } },
      { address: 'app.internal', weight: 1 },
    ],
    protocol: 'https',
    tls: { serverName: 'app.internal', insecureSkipVerification: false },
    health: {
      path: '/health?deep=1',
      port: 9000,
      statuses: [
        [200, 200],
        [204, 206],
      ],
    },
    passive: { failures: 1, statuses: [[500, 599]] },
  })
  expect(off?.passive).toBeUndefined()
})

const wrong: readonly [text: string, message: string][] = [
  ['', 'no JSON'],
  ['[]', 'the file: expected an object; found []'],
  ['{"a":5}', 'a: expected an object; found 5'],
  ['{"a":{}}', 'a.targets: expected a list; found nothing'],
  ['{"a":{"target":[]}}', 'a: expected members among targets, protocol,'],
  ['{"a":{"targets":["http://x"]}}', 'a.targets[0]: expected an address such as 10.0.0.1:8080'],
  ['{"a":{"targets":["x/y"]}}', 'a.targets[0]: expected an address'],
  ['{"a":{"targets":["x\\r\\ny"]}}', 'a.targets[0]: expected an address'],
  ['{"a":{"targets":["x:1","x:1"]}}', 'a.targets: expected each address once, found x:1 twice'],
  ['{"a":{"targets":[{"address":"x","weight":-1}]}}', 'a.targets[0].weight: expected a whole number from 0'],
  [
    '{"a":{"targets":[{"address":"x","attributes":{"n":1}}]}}',
    'a.targets[0].attributes.n: expected a text; found 1',
  ],
  ['{"a":{"targets":[{"address":"x","attributes":[]}]}}', 'a.targets[0].attributes: expected an object'],
  ['{"a":{"targets":[],"protocol":"tcp"}}', 'a.protocol: expected http or https; found "tcp"'],
  ['{"a":{"targets":[],"tls":{"serverName":"10.0.0.1"}}}', 'a.tls.serverName: expected a host name'],
  ['{"a":{"targets":[],"tls":{"ca":"/nowhere"}}}', 'a.tls.ca: expected a file of PEM certificates'],
  ['{"a":{"targets":[],"health":{"path":"x"}}}', 'a.health.path: expected a path'],
  ['{"a":{"targets":[],"health":{"status":"2xx"}}}', 'a.health.status: expected statuses'],
  ['{"a":{"targets":[],"passive":true}}', 'a.passive: expected an object; found true'],
]

describe('what is wrong is told with its place', () => {
  for (const [text, message] of wrong) test(message, () => expect(() => parseTargets(text)).toThrow(message))
})
