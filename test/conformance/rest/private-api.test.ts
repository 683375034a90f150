import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import { vpcEndpointsOf, readVpcEndpoints } from '#server/vpc-endpoint-settings.ts'
import { emptyBody } from '#http/body.ts'
import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import { ServerRequest } from '#http/server-request.ts'
import { compileDomain } from '#data-plane/domains/domain-plan.ts'
import type { DomainName } from '#model/domain-name.ts'
import { ACCOUNT, lambdaProxy, mock, REGION, type ApiDefinition } from './support/definition.ts'
import { echo, LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'
import { requestText, sendRaw, type RawReply } from './support/raw-http.ts'

const allow = (Condition?: object): object => ({
  Effect: 'Allow',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: 'execute-api:/*',
  Condition,
})
const policyOf = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })

function api(policy: string | undefined, isPrivate = true): ApiDefinition {
  const told = '$context.identity.vpceId $context.identity.vpcId $context.identity.sourceIp'
  return {
    paths: {
      '/': { GET: { integration: mock(told) } },
      '/f': { GET: { integration: lambdaProxy('f') } },
    },
    api: {
      policy,
      endpointConfiguration: isPrivate
        ? { types: ['PRIVATE'], ipAddressType: 'dualstack', vpcEndpointIds: ['vpce-1'] }
        : { types: ['REGIONAL'], ipAddressType: 'ipv4' },
    },
  }
}

/** By API id. */
const apis: Readonly<Record<string, ApiDefinition>> = {
  open: api(policyOf(allow())),
  vpce: api(policyOf(allow({ StringEquals: { 'aws:SourceVpce': 'vpce-1' } }))),
  vpc: api(policyOf(allow({ StringEquals: { 'aws:SourceVpc': 'vpc-1' } }))),
  inside: api(policyOf(allow({ IpAddress: { 'aws:VpcSourceIp': '10.1.0.0/24' } }))),
  outside: api(policyOf(allow({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }))),
  others: api(
    policyOf(allow(), { ...allow({ StringNotEquals: { 'aws:SourceVpce': 'vpce-2' } }), Effect: 'Deny' }),
  ),
  none: api(undefined),
  public: api(undefined, false),
  asked: api(policyOf(allow({ StringEquals: { 'aws:SourceVpce': 'vpce-1' } })), false),
}

/** Clients: where trusted proxies say they are. vpce-1 and vpce-2 share a range; vpce-3 is elsewhere. */
const VPCE1 = '10.1.0.7'
const VPCE3 = '10.3.0.7'
const OUTSIDE = '192.0.2.1'
const ENDPOINTS = [
  'vpce-1=vpc-1,10.1.0.0/16,vpce-2=vpc-1,10.1.0.0/16',
  'vpce-3=vpc-3,10.3.0.0/16,2001:db8::/32',
]

interface PrivateCase {
  readonly name: string
  readonly from: string
  readonly host: string
  readonly headers?: readonly string[]
  /** The body of 200; else the beginning of that of 403. */
  readonly answer: string
  readonly status?: 403
}

const OWN = `.execute-api.${REGION}.amazonaws.com`
const VPCE_OWN = `-0abc${OWN.replace('amazonaws', 'vpce.amazonaws')}`
const FORBIDDEN = '{"message":"Forbidden"}'
const denied = (id: string, how = ''): string =>
  `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${REGION}:********${ACCOUNT.slice(-4)}:${id}/prod/GET/${how}"}`
const refused = (
  name: string,
  from: string,
  host: string,
  answer: string = FORBIDDEN,
  ...headers: string[]
): PrivateCase => ({ name, from, host, headers, answer, status: 403 })

const cases: readonly PrivateCase[] = [
  { name: 'through an endpoint', from: VPCE1, host: `open${OWN}`, answer: `vpce-1 vpc-1 ${VPCE1}` },
  { name: 'through another', from: VPCE3, host: `open${OWN}`, answer: `vpce-3 vpc-3 ${VPCE3}` },
  { name: 'over IPv6', from: '2001:db8::9', host: `open${OWN}`, answer: 'vpce-3 vpc-3 2001:db8::9' },
  refused('through none', OUTSIDE, `open${OWN}`),
  refused('through none, whatever the API', OUTSIDE, `none${OWN}`),
  {
    name: 'the alias of API and endpoint',
    from: VPCE1,
    host: `open-vpce-1${OWN}`,
    answer: `vpce-1 vpc-1 ${VPCE1}`,
  },
  { name: 'in capitals', from: VPCE1, host: `OPEN-VPCE-1${OWN}`, answer: `vpce-1 vpc-1 ${VPCE1}` },
  refused('an alias without an association', VPCE1, `open-vpce-2${OWN}`),
  refused('an alias from elsewhere', VPCE3, `open-vpce-1${OWN}`),
  refused('an alias from outside', OUTSIDE, `open-vpce-1${OWN}`),
  refused('the alias of an endpoint that there is not', VPCE1, `open-vpce-9${OWN}`),
  {
    name: "the endpoint's own name",
    from: VPCE1,
    host: `vpce-2${VPCE_OWN}`,
    headers: ['x-apigw-api-id: open'],
    answer: `vpce-2 vpc-1 ${VPCE1}`,
  },
  refused("the endpoint's own name without an API", VPCE1, `vpce-2${VPCE_OWN}`),
  refused(
    "the endpoint's own name with two APIs",
    VPCE1,
    `vpce-2${VPCE_OWN}`,
    FORBIDDEN,
    'x-apigw-api-id: open',
    'x-apigw-api-id: none',
  ),
  refused("another endpoint's own name", VPCE1, `vpce-3${VPCE_OWN}`, FORBIDDEN, 'x-apigw-api-id: open'),
  refused("an endpoint's name from outside", OUTSIDE, `vpce-1${VPCE_OWN}`, FORBIDDEN, 'x-apigw-api-id: open'),
  {
    name: 'x-apigw-api-id elsewhere says nothing',
    from: OUTSIDE,
    host: `public${OWN}`,
    headers: ['x-apigw-api-id: open'],
    answer: `  ${OUTSIDE}`,
  },
  { name: 'aws:SourceVpce', from: VPCE1, host: `vpce${OWN}`, answer: `vpce-1 vpc-1 ${VPCE1}` },
  refused('aws:SourceVpce, another', VPCE3, `vpce${OWN}`, denied('vpce')),
  { name: 'aws:SourceVpc', from: VPCE1, host: `vpc${OWN}`, answer: `vpce-1 vpc-1 ${VPCE1}` },
  refused('aws:SourceVpc, another', VPCE3, `vpc${OWN}`, denied('vpc')),
  { name: 'aws:VpcSourceIp', from: VPCE1, host: `inside${OWN}`, answer: `vpce-1 vpc-1 ${VPCE1}` },
  refused('aws:VpcSourceIp, another', '10.1.9.9', `inside${OWN}`, denied('inside')),
  refused('aws:SourceIp has no value through an endpoint', VPCE1, `outside${OWN}`, denied('outside')),
  refused('an explicit denial', VPCE1, `others${OWN}`, denied('others', ' with an explicit deny')),
  {
    name: 'the endpoint that its name chose decides',
    from: VPCE1,
    host: `vpce-2${VPCE_OWN}`,
    headers: ['x-apigw-api-id: others'],
    answer: `vpce-2 vpc-1 ${VPCE1}`,
  },
  refused('without a resource policy', VPCE1, `none${OWN}`, denied('none')),
  { name: 'a public API', from: VPCE1, host: `public${OWN}`, answer: `  ${VPCE1}` },
  refused('a public API by an alias', VPCE1, `public-vpce-1${OWN}`),
  refused(
    "a public API by an endpoint's name",
    VPCE1,
    `vpce-1${VPCE_OWN}`,
    FORBIDDEN,
    'x-apigw-api-id: public',
  ),
  refused('a public API whose policy asks for an endpoint', VPCE1, `asked${OWN}`, denied('asked')),
]

const trusted = new IpRanges([parseRange('127.0.0.0/8') as IpRange])
const trustedProxies = { ranges: trusted, header: 'x-forwarded-for' } as const
const settings = {
  vpcEndpoints: readVpcEndpoints(ENDPOINTS),
  vpcEndpointHeader: undefined,
  trustedProxies: [parseRange('127.0.0.0/8') as IpRange],
}

let house: House
let headed: House
let unproxied: House
/** Peers are who they are. */
let plain: House

beforeAll(async () => {
  house = await startHouse({ trustedProxies, vpcEndpoints: vpcEndpointsOf(settings) })
  const header = { ...settings, vpcEndpointHeader: 'x-vpce' }
  headed = await startHouse({ trustedProxies, vpcEndpoints: vpcEndpointsOf(header) })
  unproxied = await startHouse({ vpcEndpoints: vpcEndpointsOf({ ...header, trustedProxies: [] }) })
  plain = await startHouse({ vpcEndpoints: vpcEndpointsOf({ ...settings, trustedProxies: [] }) })
  for (const each of [house, headed, unproxied, plain]) {
    each.functions = new LocalFunctions({ f: echo })
    for (const [id, definition] of Object.entries(apis)) each.deploy(id, definition)
  }
})
afterAll(() => Promise.all([house, headed, unproxied, plain].map((each) => each.stop())))

const sendTo = (to: House, host: string, target: string, headers: readonly string[]): Promise<RawReply> =>
  sendRaw(to.port, requestText(host, { target, headers }))
const ask = (to: House, host: string, ...headers: readonly string[]): Promise<RawReply> =>
  sendTo(to, host, '/prod/', headers)

describe('private APIs', () => {
  for (const { name, from, host, headers = [], answer, status = 200 } of cases) {
    test(name, async () => {
      const reply = await ask(house, host, `X-Forwarded-For: ${from}`, ...headers)
      expect({ status: reply.status, body: reply.body }).toEqual({ status, body: answer })
    })
  }

  test('functions are told of the endpoint', async () => {
    const { body } = await sendTo(house, `open${OWN}`, '/prod/f', [`X-Forwarded-For: ${VPCE1}`])
    expect(JSON.parse(body)).toMatchObject({
      requestContext: { identity: { sourceIp: VPCE1, vpceId: 'vpce-1', vpcId: 'vpc-1' } },
    })
  })
})

describe('the endpoint is named by trusted proxies', () => {
  for (const [name, headers, status] of [
    ['one that there is', ['X-Vpce: vpce-3'], 200],
    ['none', [], 403],
    ['one that there is not', ['X-Vpce: vpce-9'], 403],
    ['two: the client may have added one', ['X-Vpce: vpce-3', 'X-Vpce: vpce-1'], 403],
    ['a list', ['X-Vpce: vpce-3, vpce-1'], 403],
  ] as const) {
    test(`${name}: ${status}`, async () => {
      // The address is one of an endpoint, and does not count.
      const reply = await ask(headed, `open${OWN}`, `X-Forwarded-For: ${VPCE1}`, ...headers)
      expect(reply.status).toBe(status)
      if (status === 200) expect(reply.body).toBe(`vpce-3 vpc-3 ${VPCE1}`)
    })
  }

  test('nobody else may name it', async () => {
    const reply = await ask(unproxied, `open${OWN}`, `X-Forwarded-For: ${VPCE1}`, 'X-Vpce: vpce-1')
    expect([reply.status, reply.body]).toEqual([403, FORBIDDEN])
  })
})

describe('endpoint access mode STRICT', () => {
  const strict = (isPrivate: boolean): ApiDefinition => {
    const { api: members, ...rest } = api(policyOf(allow()), isPrivate)
    return { ...rest, api: { ...members, endpointAccessMode: 'STRICT' } }
  }
  const rows: readonly (readonly [
    name: string,
    id: string,
    from: string,
    peer: Partial<Peer>,
    status: number,
  ])[] = [
    ['the same name', 'public2', OUTSIDE, { serverName: `PUBLIC2${OWN}` }, 200],
    ['the name of another API', 'public2', OUTSIDE, { serverName: `open${OWN}` }, 403],
    ['no name', 'public2', OUTSIDE, {}, 403],
    ['no TLS here', 'public2', OUTSIDE, { secure: false }, 200],
    ['a VPC endpoint to a public API', 'public2', VPCE1, { serverName: `public2${OWN}` }, 403],
    ['a VPC endpoint to a private API', 'private2', VPCE1, { serverName: `private2${OWN}` }, 200],
    ['the name of another private API', 'private2', VPCE1, { serverName: `open${OWN}` }, 403],
    ['the name of another, to an API that is not strict', 'open', VPCE1, { serverName: `vpc${OWN}` }, 200],
  ]
  for (const [name, id, from, more, status] of rows) {
    test(`${name}: ${status}`, async () => {
      plain.deploy('public2', strict(false))
      plain.deploy('private2', strict(true))
      const host = `${id}${OWN}`
      const peer = { address: from, secure: true, ...more }
      const headers = new Headers(['Host', host])
      const asked = new ServerRequest('1.1', 'GET', '/prod/', headers, host, emptyBody, peer)
      expect((await plain.handler(asked)).status).toBe(status)
    })
  }
})

describe('private domain names', () => {
  for (const [name, from, Condition, status] of [
    ['through its endpoint', VPCE1, { StringEquals: { 'aws:SourceVpce': 'vpce-1' } }, 200],
    ['through another', VPCE3, { StringEquals: { 'aws:SourceVpce': 'vpce-1' } }, 403],
    ['through none', OUTSIDE, { Bool: { 'aws:SecureTransport': 'false' } }, 403],
    ['through one that is not associated', VPCE3, { StringEquals: { 'aws:SourceVpce': 'vpce-3' } }, 403],
    ['by an address in its VPC', VPCE1, { IpAddress: { 'aws:VpcSourceIp': VPCE1 } }, 200],
  ] as const) {
    test(`${name}: ${status}`, async () => {
      const domain = {
        domainName: 'private.test',
        domainNameId: 'abc',
        routingMode: 'BASE_PATH_MAPPING_ONLY',
        policy: policyOf({ ...allow(Condition), Resource: '*' }),
      } as DomainName
      const mappings = [{ basePath: 'prod', restApiId: 'open', stage: 'prod' }]
      const associations = ['vpce-1']
      const id = `${ACCOUNT}/${REGION}/private`
      house.domains.put(compileDomain({ id, domain, mappings, rules: [], associations }))
      expect((await ask(house, 'private.test', `X-Forwarded-For: ${from}`)).status).toBe(status)
    })
  }
})
