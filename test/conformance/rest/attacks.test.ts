import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { canonicalRequest, sha256Hex } from '#aws/canonical-request.ts'
import { basicDate } from '#aws/signature-claim.ts'
import { deriveSigningKey, hmac } from '#aws/signing-key.ts'
import { sign } from '#aws/sigv4.ts'
import { Headers } from '#http/headers.ts'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import { compileDomain } from '#data-plane/domains/domain-plan.ts'
import type { DomainName } from '#model/domain-name.ts'
import { block, ENDS, frame, lines, openHttp2, readFrames } from '../http/support/http2-client.ts'
import { ACCOUNT, functionUri, mock, REGION, STAGE } from './support/definition.ts'
import { LocalFunctions, returning } from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'
import { sendRaw } from './support/raw-http.ts'
import { document, SCOPE, secretOf, signed, userKey } from './support/signed.ts'

// What those send who would like to come in: each by HTTP/1.1 and by HTTP/2, with the answer that keeps them out.

interface Attack {
  readonly name: string
  readonly method?: string
  readonly target: string
  readonly host?: string
  readonly headers?: readonly string[]
  /** `status body`, or how it begins. */
  readonly told: string
  /** By HTTP/2, where it differs; null: it cannot be said there. */
  readonly told2?: string | null
}

const NOW = Date.parse('2026-01-31T12:00:00Z')
const FORT = hostOf('fort')
const FORBIDDEN = '403 {"message":"Forbidden"}'
const MISSING = '403 {"message":"Missing Authentication Token"}'
const denied = (place: string, id = 'fort'): string =>
  `403 {"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${REGION}:********${ACCOUNT.slice(-4)}:${id}/${STAGE}/${place} with an explicit deny"}`
/** The method that is open to all: whatever its backend makes of the path, the one that is guarded was not run. */
const OPEN = '200 open'
const BAD = '400'

/** Statements deny `/admin/…`, the method DELETE, and one path of `/shop`. */
const paths: readonly Attack[] = [
  { name: 'as it is', target: '/admin/users', told: denied('GET/admin/users') },
  { name: 'a slash at its end', target: '/admin/users/', told: denied('GET/admin/users') },
  { name: 'two slashes at its end', target: '/admin/users//', told: denied('GET/admin/users/') },
  { name: 'slashes before it', target: '///admin/users', told: denied('GET/admin/users') },
  {
    name: 'slashes before the stage',
    target: `raw:///${STAGE}/admin/users`,
    told: denied('GET/admin/users'),
  },
  { name: 'slashes inside', target: '/admin//users', told: denied('GET/admin//users') },
  { name: 'a query', target: '/admin/users?/shop', told: denied('GET/admin/users') },
  { name: 'a query before a path', target: '/admin/users?x=/../shop', told: denied('GET/admin/users') },
  { name: 'another case', target: '/Admin/users', told: OPEN },
  { name: 'an encoded letter', target: '/%61dmin/users', told: OPEN },
  { name: 'an encoded slash', target: '/admin%2Fusers', told: OPEN },
  { name: 'an encoded slash in small letters', target: '/admin%2fusers', told: OPEN },
  { name: 'a slash encoded twice', target: '/admin%252Fusers', told: OPEN },
  { name: 'a backslash, encoded', target: '/admin%5Cusers', told: OPEN },
  { name: 'a dot segment before it', target: '/./admin/users', told: denied('GET/./admin/users') },
  { name: 'a way back', target: '/shop/../admin/users', told: denied('GET/shop/../admin/users') },
  {
    name: 'an encoded way back',
    target: '/shop/%2e%2e/admin/users',
    told: denied('GET/shop/%2e%2e/admin/users'),
  },
  { name: 'a way back out of it', target: '/admin/../shop/open', told: denied('GET/admin/../shop/open') },
  {
    name: 'a way out of the stage',
    target: '/../other/admin/users',
    told: denied('GET/../other/admin/users'),
  },
  { name: 'a dot at the end', target: '/admin/users.', told: denied('GET/admin/users.') },
  { name: 'a dot inside', target: '/admin./users', told: OPEN },
  { name: 'matrix parameters', target: '/admin;a=b/users', told: OPEN },
  { name: 'matrix parameters at the end', target: '/admin/users;a=b', told: denied('GET/admin/users;a=b') },
  { name: 'a blank, encoded', target: '/admin%20/users', told: OPEN },
  { name: 'a null, encoded', target: '/admin%00/users', told: OPEN },
  { name: 'an overlong slash', target: '/admin%c0%afusers', told: OPEN },
  { name: 'a fragment', target: '/admin/users#/shop', told: denied('GET/admin/users'), told2: BAD },
  { name: 'another case of the stage', target: `raw:/${STAGE.toUpperCase()}/admin/users`, told: FORBIDDEN },
  { name: 'an encoded stage', target: 'raw:/%70rod/admin/users', told: FORBIDDEN },
  { name: 'a stage with a dot', target: `raw:/./${STAGE}/admin/users`, told: FORBIDDEN },
  { name: 'a stage with matrix parameters', target: `raw:/${STAGE};a/admin/users`, told: FORBIDDEN },
]

const methods: readonly Attack[] = [
  { name: 'as it is', method: 'DELETE', target: '/shop', told: denied('DELETE/shop') },
  { name: 'as ANY', method: 'ANY', target: '/shop', told: MISSING },
  { name: 'in small letters', method: 'delete', target: '/shop', told: MISSING },
  {
    name: 'asked for in a header',
    target: '/shop',
    headers: ['X-HTTP-Method-Override: DELETE'],
    told: denied('DELETE/shop'),
  },
  {
    name: 'asked for in a header of small letters',
    target: '/shop',
    headers: ['x-http-method-override: DELETE'],
    told: denied('DELETE/shop'),
  },
  {
    name: 'asked for in small letters',
    target: '/shop',
    headers: ['X-HTTP-Method-Override: delete'],
    told: MISSING,
  },
  { name: 'asked for as ANY', target: '/shop', headers: ['X-HTTP-Method-Override: ANY'], told: MISSING },
  { name: 'asked for as nothing', target: '/shop', headers: ['X-HTTP-Method-Override: '], told: OPEN },
  { name: 'asked for as *', target: '/shop', headers: ['X-HTTP-Method-Override: *'], told: MISSING },
  {
    name: 'asked for with a path',
    target: '/shop',
    headers: ['X-HTTP-Method-Override: GET/admin'],
    told: OPEN,
  },
  // The first decides for routes and policies alike: what runs is what was asked about.
  {
    name: 'asked for twice',
    target: '/shop',
    headers: ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method-Override: GET'],
    told: denied('DELETE/shop'),
  },
  {
    name: 'by another header',
    target: '/shop',
    headers: ['X-Method-Override: DELETE', 'X-HTTP-Method: DELETE'],
    told: OPEN,
  },
]

/** `closed` is reached by its domain name alone, which asks for a client certificate. */
const CLOSED = hostOf('closed')
const hosts: readonly Attack[] = [
  { name: 'as it is', host: CLOSED, target: '/x', told: FORBIDDEN },
  { name: 'in capitals', host: CLOSED.toUpperCase(), target: '/x', told: FORBIDDEN },
  { name: 'with a dot at its end', host: `${CLOSED}.`, target: '/x', told: FORBIDDEN },
  { name: 'with a port', host: `${CLOSED}:443`, target: '/x', told: FORBIDDEN },
  {
    name: 'of another region',
    host: 'closed.execute-api.eu-west-1.amazonaws.com',
    target: '/x',
    told: FORBIDDEN,
  },
  { name: 'below another name', host: 'closed.execute-api.mutual.test', target: '/x', told: FORBIDDEN },
  {
    name: 'at a VPC endpoint',
    host: 'closed-vpce-1.execute-api.us-east-1.amazonaws.com',
    target: '/x',
    told: FORBIDDEN,
  },
  {
    name: "at a VPC endpoint's own name",
    host: 'vpce-1.execute-api.us-east-1.vpce.amazonaws.com',
    target: '/x',
    headers: ['x-apigw-api-id: closed'],
    told: FORBIDDEN,
  },
  {
    name: 'as a path',
    host: 'localhost',
    target: `raw:/_aws/execute-api/closed/${STAGE}/x`,
    told: FORBIDDEN,
  },
  {
    name: 'as a path in capitals',
    host: 'localhost',
    target: `raw:/_aws/execute-api/CLOSED/${STAGE}/x`,
    told: FORBIDDEN,
  },
  {
    name: 'as another path',
    host: 'localhost',
    target: `raw:/restapis/closed/${STAGE}/_user_request_/x`,
    told: FORBIDDEN,
  },
  {
    name: 'as a path with two slashes',
    host: 'localhost',
    target: `raw://_aws/execute-api/closed/${STAGE}/x`,
    told: '404',
  },
  {
    name: 'as a whole target, beside another Host',
    host: FORT,
    target: `raw:http://${CLOSED}/${STAGE}/x`,
    told: FORBIDDEN,
    told2: null,
  },
  {
    name: 'beside a whole target',
    host: CLOSED,
    target: `raw:http://${FORT}/${STAGE}/admin/users`,
    told: denied('GET/admin/users'),
    told2: null,
  },
  {
    name: 'twice',
    host: FORT,
    target: '/x',
    headers: [`Host: ${CLOSED}`],
    told: BAD,
    told2: 'RST_STREAM 1 PROTOCOL_ERROR',
  },
  {
    name: 'in headers of proxies',
    host: CLOSED,
    target: '/x',
    headers: ['X-Forwarded-Host: mutual.test', 'Forwarded: host=mutual.test'],
    told: FORBIDDEN,
  },
  { name: 'the domain name', host: 'mutual.test', target: 'raw:/x', told: FORBIDDEN },
  { name: 'the domain name in capitals', host: 'MUTUAL.TEST', target: 'raw:/x', told: FORBIDDEN },
  { name: 'the domain name with a dot at its end', host: 'mutual.test.', target: 'raw:/x', told: FORBIDDEN },
  { name: 'the domain name with two', host: 'mutual.test..', target: 'raw:/x', told: '404' },
  { name: 'the domain name with a port', host: 'mutual.test:80', target: 'raw:/x', told: FORBIDDEN },
  { name: 'the domain name, its health', host: 'mutual.test', target: 'raw:/ping', told: FORBIDDEN },
  {
    name: 'the domain name and a path',
    host: 'mutual.test',
    target: `raw:/_aws/execute-api/closed/${STAGE}/x`,
    told: FORBIDDEN,
  },
  {
    name: 'the domain name as a whole target',
    host: 'localhost',
    target: 'raw:http://mutual.test/x',
    told: FORBIDDEN,
    told2: null,
  },
  { name: 'a name below it', host: 'x.mutual.test', target: 'raw:/x', told: '404' },
]

const silent = (id: string): string => denied('GET/x', id).replace(' with an explicit deny', '')
const addresses: readonly Attack[] = [
  'X-Forwarded-For: 10.0.0.1',
  'X-Forwarded-For: 127.0.0.1, 10.0.0.1',
  'Forwarded: for=10.0.0.1',
  'X-Real-IP: 10.0.0.1',
  'True-Client-IP: 10.0.0.1',
  'CF-Connecting-IP: 10.0.0.1',
  'X-Client-IP: 10.0.0.1',
  'Via: 1.1 10.0.0.1',
].map((line) => ({ name: line, host: hostOf('near'), target: '/x', headers: [line], told: silent('near') }))

/** From a proxy that is trusted: what stands before the last address was said by the client. */
const proxied: readonly Attack[] = [
  ['X-Forwarded-For: 10.0.0.1, 192.0.2.1'],
  ['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For: 192.0.2.1'],
  ['X-Forwarded-For: 10.0.0.1, unknown'],
  ['X-Forwarded-For: 10.0.0.1,'],
  ['Forwarded: for=10.0.0.1'],
].map((headers) => ({
  name: headers.join(' / '),
  host: hostOf('near'),
  target: '/x',
  headers,
  told: silent('near'),
}))

const tokens: readonly Attack[] = [
  {
    name: 'one that is good',
    host: hostOf('asked'),
    target: '/x',
    headers: ['Authorization: good'],
    told: OPEN,
  },
  {
    name: 'a good one and another',
    host: hostOf('asked'),
    target: '/x',
    headers: ['Authorization: good', 'Authorization: evil'],
    told: '401',
  },
  {
    name: 'another and a good one',
    host: hostOf('asked'),
    target: '/x',
    headers: ['Authorization: evil', 'Authorization: good'],
    told: '401',
  },
  {
    name: 'a good one and nothing',
    host: hostOf('asked'),
    target: '/x',
    headers: ['Authorization: good', 'Authorization: '],
    told: '401',
  },
  { name: 'in the query', host: hostOf('asked'), target: '/x?Authorization=good', told: '401' },
  {
    name: 'in another case',
    host: hostOf('asked'),
    target: '/x',
    headers: ['Authorization: GOOD'],
    told: '401',
  },
]

/** Signed at noon for `GET /x?a=1` of `sealed`, and sent as it says. */
const signature = signed('sealed', 'ADMIN', { target: '/x?a=1', at: NOW }).headers
const ENDPOINT = `vpce-1-0abc.execute-api.${REGION}.vpce.amazonaws.com`
const atEndpoint = signedAt(ENDPOINT)
const presigned = signedAddress()
const sealed = (
  name: string,
  change: Partial<Attack>,
  told = '403 {"message":"The request signature we calculated',
): Attack => ({
  name,
  host: hostOf('sealed'),
  target: '/x?a=1',
  headers: signature,
  told,
  ...change,
})
const signatures: readonly Attack[] = [
  sealed('as it is', {}, OPEN),
  sealed(
    'as it is, in a whole target',
    { target: `raw:http://${hostOf('sealed')}/${STAGE}/x?a=1`, told2: null },
    OPEN,
  ),
  sealed('for another host that is the same API', { host: 'sealed.execute-api.us-east-1.example.com' }),
  sealed('for the same host in capitals', { host: hostOf('sealed').toUpperCase() }),
  sealed('for another API', { host: hostOf('sealed2') }),
  sealed('for another method', { method: 'PUT' }),
  sealed('with another query', { target: '/x?a=2' }),
  sealed('with an encoded query', { target: '/x?%61=1&b' }),
  sealed('with a dot segment', { target: '/./x?a=1' }),
  sealed('with a way back', { target: '/y/../x?a=1' }),
  sealed('with an encoded letter', { target: '/%78?a=1' }),
  // The same method: slashes after the stage are as one.
  sealed('with slashes', { target: '//x?a=1' }, OPEN),
  sealed('with a slash at the end', { target: '/x/?a=1' }),
  sealed('as another method, asked for in a header', {
    headers: [...signature, 'X-HTTP-Method-Override: DELETE'],
  }),
  sealed(
    'as the same method, asked for in a header',
    { headers: [...signature, 'X-HTTP-Method-Override: GET'] },
    OPEN,
  ),
  sealed('as an address, as another method', {
    target: `raw:${presigned}`,
    headers: ['X-HTTP-Method-Override: DELETE'],
  }),
  sealed('as an address', { target: `raw:${presigned}`, headers: [] }, OPEN),
  sealed('at a VPC endpoint, for an API that another header names', {
    host: ENDPOINT,
    headers: [...atEndpoint, 'x-apigw-api-id: sealed3'],
  }),
  sealed('twice', { headers: [...signature, ...signature] }, '403 {"message":"'),
  sealed('with another date beside', { headers: [...signature, 'X-Amz-Date: 20260131T120001Z'] }),
]

const suites: Readonly<Record<string, readonly Attack[]>> = {
  'a path that a policy denies': paths,
  'a method that a policy denies': methods,
  'an address that is closed': hosts,
  'an address that a policy asks for': addresses,
  'a token': tokens,
  'a signature': signatures,
}

let house: House
let behind: House
beforeAll(async () => {
  const clock = { now: () => NOW }
  const callers = { find: async () => userKey('ADMIN', { allow: '*' }) }
  const ranges = new IpRanges([parseRange('127.0.0.0/8') as IpRange])
  const vpcEndpoints = { all: [{ id: 'vpce-1', vpcId: 'vpc-1', ranges }], isProxy: () => false }
  house = await startHouse({ clock, callers, vpcEndpoints })
  behind = await startHouse({ clock, trustedProxies: { ranges, header: 'x-forwarded-for' } })
  const open = { integration: mock('open') }
  const statement = (Effect: string, Resource: string): object => ({
    Effect,
    Principal: '*',
    Action: 'execute-api:Invoke',
    Resource: `execute-api:/${Resource}`,
  })
  house.deploy('fort', {
    paths: { '/admin/users': { ANY: { integration: mock('ADMIN') } }, '/{proxy+}': { ANY: open } },
    api: {
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          statement('Allow', '*'),
          statement('Deny', `${STAGE}/*/admin/*`),
          statement('Deny', `${STAGE}/DELETE/*`),
        ],
      }),
    },
  })
  house.deploy('closed', { paths: { '/{proxy+}': { ANY: open } }, api: { disableExecuteApiEndpoint: true } })
  const domain = {
    domainName: 'mutual.test',
    routingMode: 'BASE_PATH_MAPPING_ONLY',
    mutualTlsAuthentication: { truststoreUri: 's3://b/k' },
  } as DomainName
  const mappings = [{ basePath: '(none)', restApiId: 'closed', stage: STAGE }]
  house.domains.put(compileDomain({ id: 'a/r/mutual.test', domain, mappings, rules: [] }))
  const near = document('Allow', 'execute-api:/*', '*').replace(
    /}]}$/,
    ',"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}',
  )
  for (const each of [house, behind])
    each.deploy('near', { paths: { '/x': { GET: open } }, api: { policy: near } })
  const custom = { authorizationType: 'CUSTOM', authorizerId: 'auth', ...open }
  house.functions = new LocalFunctions({
    auth: returning({ principalId: 'p', policyDocument: JSON.parse(document('Allow', '*')) as object }),
  })
  house.deploy('asked', {
    paths: { '/x': { GET: custom } },
    authorizers: [{ id: 'auth', authorizerUri: functionUri('auth'), identityValidationExpression: 'good' }],
  })
  house.deploy('sealed3', {
    paths: { '/{proxy+}': { ANY: { authorizationType: 'AWS_IAM', ...open } } },
    api: {
      endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack' },
      policy: document('Allow', 'execute-api:/*', '*'),
    },
  })
  for (const id of ['sealed', 'sealed2']) {
    house.deploy(id, { paths: { '/{proxy+}': { ANY: { authorizationType: 'AWS_IAM', ...open } } } })
  }
})
afterAll(() => Promise.all([house.stop(), behind.stop()]))

/** The header lines of `GET /x?a=1`, signed for a host alone. */
function signedAt(host: string): string[] {
  const headers = new Headers(['Host', host])
  const target = `/${STAGE}/x?a=1`
  const keys = { accessKeyId: 'ADMIN', secretAccessKey: secretOf('ADMIN') }
  sign({ method: 'GET', target, headers, body: new Uint8Array(0) }, keys, SCOPE, NOW)
  return [...headers].filter(([name]) => name !== 'Host').map(([name, value]) => `${name}: ${value}`)
}

/** `GET /x?a=1`, signed in its query: an address that is good for an hour, for whoever has it. */
function signedAddress(): string {
  const date = basicDate(NOW)
  const scope = `${date.slice(0, 8)}/${SCOPE.region}/${SCOPE.service}/aws4_request`
  const query = new URLSearchParams([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `ADMIN/${scope}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', '3600'],
    ['X-Amz-SignedHeaders', 'host'],
    ['a', '1'],
  ]).toString()
  const target = `/${STAGE}/x?${query}`
  const asked = { method: 'GET', target, headers: new Headers(['Host', hostOf('sealed')]) }
  const canonical = canonicalRequest(asked, ['host'], sha256Hex(''), SCOPE.service)
  const key = deriveSigningKey(secretOf('ADMIN'), date.slice(0, 8), SCOPE.region, SCOPE.service)
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256Hex(canonical)}`
  return `${target}&X-Amz-Signature=${Buffer.from(hmac(key, text)).toString('hex')}`
}

const targetOf = (target: string): string =>
  target.startsWith('raw:') ? target.slice(4) : `/${STAGE}${target}`

async function byHttp1(
  to: House,
  { method = 'GET', target, host = FORT, headers = [] }: Attack,
): Promise<string> {
  const head = [
    `${method} ${targetOf(target)} HTTP/1.1`,
    `Host: ${host}`,
    ...headers,
    'Connection: close',
    '',
    '',
  ]
  const { status, body } = await sendRaw(to.port, head.join('\r\n'))
  return `${status} ${body}`
}

async function byHttp2(
  to: House,
  { method = 'GET', target, host = FORT, headers = [] }: Attack,
): Promise<string> {
  const client = await openHttp2(to.port)
  try {
    const fields = headers.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    })
    const pseudo: [string, string][] = [
      [':method', method],
      [':scheme', 'http'],
      [':path', targetOf(target)],
      [':authority', host],
    ]
    await client.send(frame('HEADERS', ENDS, 1, block([...pseudo, ...fields])))
    const text = await client.until((received) =>
      lines(readFrames(received)).some((line) => / 1 .*end$|^RST_STREAM 1|^GOAWAY/.test(line)),
    )
    const frames = readFrames(text)
    const said = lines(frames).find((line) => /^(?:HEADERS 1|RST_STREAM 1|GOAWAY)/.test(line)) ?? ''
    const body = frames.filter(({ type }) => type === 'DATA').map(({ payload }) => payload.toString('latin1'))
    return said.replace(/^HEADERS 1 (\d+).*$/, `$1 ${body.join('')}`)
  } finally {
    client.reset()
  }
}

function play(attack: Attack, to: () => House): void {
  test(`${attack.name}, by HTTP/1.1`, async () => {
    expect(await byHttp1(to(), attack)).toStartWith(attack.told)
  })
  const { told2 = attack.told } = attack
  if (told2 === null) return
  test(`${attack.name}, by HTTP/2`, async () => {
    expect(await byHttp2(to(), attack)).toStartWith(told2)
  })
}

for (const [suite, attacks] of Object.entries(suites)) {
  describe(suite, () => {
    for (const attack of attacks) play(attack, () => house)
  })
}

describe('an address that a policy asks for, behind a proxy', () => {
  for (const attack of proxied) play(attack, () => behind)
  play(
    {
      name: 'the true one',
      host: hostOf('near'),
      target: '/x',
      headers: ['X-Forwarded-For: 192.0.2.1, 10.0.0.1'],
      told: OPEN,
    },
    () => behind,
  )
})
