import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import type { KeyLookup } from '#base/caller.ts'
import { canonicalRequest, sha256Hex } from '#aws/canonical-request.ts'
import { Headers } from '#http/headers.ts'
import { newPass } from '#server/explain/explain-pass.ts'
import { ACCOUNT, mock, REGION, STAGE, type ApiDefinition } from './support/definition.ts'
import { hostOf, startHouse, type House } from './support/house.ts'
import type { RawReply, RawRequest } from './support/raw-http.ts'
import { document, secretOf, signed, userKey, type SignedRequest } from './support/signed.ts'

// AWS_IAM: whose signatures are taken, what they may do, and what tricks come to.

const API = 'signed'
const OF_API = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${API}/${STAGE}`
const AWAY = '999999999999'
const NOW = Date.parse('2026-01-31T12:00:00Z')

const known: Record<string, KeyLookup> = {
  ADMIN: userKey('ADMIN', { allow: '*' }),
  NOBODY: userKey('NOBODY'),
  READER: userKey('READER', { allow: `${OF_API}/GET/*` }),
  CAREFUL: userKey('CAREFUL', { allow: '*', deny: `${OF_API}/*/admin/*` }),
  BOUND: userKey('BOUND', { allow: '*', boundary: document('Allow', `${OF_API}/GET/*`) }),
  LOST: userKey('LOST', { allow: '*', boundary: '' }),
  FOREIGN: userKey('FOREIGN', { allow: '*' }, { account: AWAY }),
  SILENT: userKey('SILENT', {}, { account: AWAY }),
  EXPIRED: 'expired',
}
const SESSION = userKey(
  'ASIASESSION',
  { allow: '*', session: [document('Allow', `${OF_API}/GET/*`)] },
  {
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Role/session`,
    userId: 'AROAROLE:session',
    type: 'AssumedRole',
    roleArn: `arn:aws:iam::${ACCOUNT}:role/Role`,
    issuedMs: NOW - 1000,
    expiresMs: NOW + 1000,
  },
)

const IDENTITY = [
  'accessKey',
  'accountId',
  'caller',
  'user',
  'userArn',
  'principalOrgId',
  'cognitoIdentityId',
]
const guarded = {
  authorizationType: 'AWS_IAM',
  integration: mock(IDENTITY.map((name) => `$context.identity.${name}`).join(' ')),
}
const definition: ApiDefinition = {
  paths: {
    '/': { GET: guarded },
    '/pets': { ANY: guarded },
    '/admin/users': { ANY: guarded },
    '/{proxy+}': { ANY: guarded },
  },
}

let house: House
let asked: string[] = []
let isDown = false
const clock = { nowMs: NOW, now: () => clock.nowMs }
beforeAll(async () => {
  const find = async (id: string, token: string | undefined): Promise<KeyLookup> => {
    if (isDown) throw new Error('the source is down')
    asked.push(id)
    // Others come meanwhile.
    await new Promise((resolve) => setImmediate(resolve))
    if (id === 'ASIASESSION') return token === 'the token' ? SESSION : 'unknown'
    return token === undefined ? (known[id] ?? 'unknown') : 'unknown'
  }
  house = await startHouse({ clock, callers: { find } })
  house.deploy(API, definition)
})
afterAll(() => house.stop())

const send = (key: string, request: SignedRequest): Promise<RawReply> =>
  house.send(API, signed(API, key, { at: NOW, ...request }))

const told = (reply: RawReply): string => {
  const { status, body } = reply
  return status === 200 ? `200 ${body}` : `${status} ${reply.header('x-amzn-ErrorType')} ${body}`
}

const MISMATCH =
  '403 InvalidSignatureException {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const INVALID =
  '403 UnrecognizedClientException {"message":"The security token included in the request is invalid."}'
const denied = (key: string, place: string, how = ''): string =>
  `403 AccessDeniedException {"Message":"User: arn:aws:iam::${key === 'FOREIGN' || key === 'SILENT' ? AWAY : ACCOUNT}:user/${key} is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${REGION}:********9012:${API}/${STAGE}/${place}${how}"}`

describe('a signature is taken', () => {
  const accepted: readonly (readonly [name: string, request: SignedRequest])[] = [
    ['of a plain request', { target: '/pets' }],
    ['of the root of the stage', { target: '/' }],
    ['with a query in any order', { target: '/pets?b=2&a=1&a=0&empty&x=%2F%20y' }],
    ['of a body', { method: 'POST', target: '/pets', body: '{"name":"Rex"}' }],
    ['of a body in chunks', { method: 'POST', target: '/pets', chunks: ['{"na', 'me":1}'] }],
    [
      'of a body that is not signed',
      { method: 'POST', target: '/pets', body: 'x', headers: ['X-Amz-Content-Sha256: UNSIGNED-PAYLOAD'] },
    ],
    [
      'with the hash of the body',
      { method: 'POST', target: '/pets', body: 'x', headers: [`X-Amz-Content-Sha256: ${sha256Hex('x')}`] },
    ],
    ['of encoded and dotted paths', { target: '/a%2Fb/%C3%A9/a+b/.c./...' }],
    ['of doubled slashes', { target: '/a//b' }],
    [
      'of headers with blanks and twice',
      { target: '/pets', headers: ['My-Header:  a   b ', 'My-Header: c'] },
    ],
    ['five minutes late', { target: '/pets', at: NOW - 300_000 }],
    ['five minutes early', { target: '/pets', at: NOW + 300_000 }],
  ]
  test.each(accepted)('%s', async (_, request) => {
    expect(told(await send('ADMIN', request))).toStartWith('200 ADMIN')
  })

  test('and tells the method who called', async () => {
    expect(told(await send('ADMIN', { target: '/pets' }))).toBe(
      `200 ADMIN ${ACCOUNT} AIDAADMIN AIDAADMIN arn:aws:iam::${ACCOUNT}:user/ADMIN  `,
    )
    const keys = { sessionToken: 'the token' }
    expect(told(await send('ASIASESSION', { target: '/pets', keys }))).toBe(
      `200 ASIASESSION ${ACCOUNT} AROAROLE:session AROAROLE:session arn:aws:sts::${ACCOUNT}:assumed-role/Role/session  `,
    )
  })

  test('the integration gets the body that was signed', async () => {
    const integration = {
      ...mock('unused'),
      requestTemplates: { 'application/json': '{"statusCode": 200, "name": $input.json("$.name")}' },
    }
    house.deploy('body', {
      paths: {
        '/x': {
          POST: {
            authorizationType: 'AWS_IAM',
            integration: {
              ...integration,
              integrationResponses: {
                200: { responseTemplates: { 'application/json': 'ok' } },
              },
            },
          },
        },
      },
    })
    const request = { method: 'POST', target: '/x', body: '{"name":"Rex"}', at: NOW }
    expect(told(await house.send('body', signed('body', 'ADMIN', request)))).toBe('200 ok')
  })
})

/** A presigned request, by the signer that others wrote down: IAM User Guide, "Create a signed AWS API request". */
function presigned(key: string, path: string, expires: string | undefined, more = ''): RawRequest {
  const date = '20260131T120000Z'
  const scope = `20260131/${REGION}/execute-api/aws4_request`
  const query =
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`${key}/${scope}`)}&X-Amz-Date=${date}` +
    (expires === undefined ? '' : `&X-Amz-Expires=${expires}`) +
    `&X-Amz-SignedHeaders=host${more}`
  const target = `/${STAGE}${path}?${query}`
  const headers = new Headers(['Host', hostOf(API)])
  const canonical = canonicalRequest(
    { method: 'GET', target, headers },
    ['host'],
    sha256Hex(''),
    'execute-api',
  )
  let signing: Buffer | string = `AWS4${secretOf(key)}`
  for (const part of scope.split('/')) signing = createHmac('sha256', signing).update(part).digest()
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256Hex(canonical)}`
  const signature = createHmac('sha256', signing).update(text).digest('hex')
  return { target: `raw:${target}&X-Amz-Signature=${signature}` }
}

describe('a presigned request', () => {
  afterAll(() => {
    clock.nowMs = NOW
  })
  test('lives as long as it says', async () => {
    const request = presigned('ADMIN', '/pets', '60', '&a=b')
    expect(told(await house.send(API, request))).toStartWith('200 ADMIN')
    clock.nowMs = NOW + 60_000
    expect(told(await house.send(API, request))).toStartWith('200 ADMIN')
    clock.nowMs = NOW + 61_000
    expect(told(await house.send(API, request))).toBe(
      '403 InvalidSignatureException {"message":"Signature expired: 20260131T120000Z is now earlier than 20260131T120001Z (20260131T120101Z - 1 min.)"}',
    )
    clock.nowMs = NOW
  })

  test('with its life or path changed is refused', async () => {
    const { target } = presigned('ADMIN', '/pets', '60')
    for (const changed of [
      target.replace('Expires=60', 'Expires=61'),
      target.replace('/pets', '/admin/users'),
    ]) {
      expect(told(await house.send(API, { target: changed }))).toStartWith(MISMATCH)
    }
  })
})

describe('a signature is refused', () => {
  const refused: readonly (readonly [name: string, key: string, request: SignedRequest, told: string])[] = [
    ['of a key of nobody', 'STRANGER', { target: '/pets' }, INVALID],
    ['with another secret', 'ADMIN', { target: '/pets', keys: { secretAccessKey: 'wrong' } }, MISMATCH],
    ['with a token where there is none', 'ADMIN', { target: '/pets', keys: { sessionToken: 'x' } }, INVALID],
    ['without its token', 'ASIASESSION', { target: '/pets' }, INVALID],
    [
      "with another session's token",
      'ASIASESSION',
      { target: '/pets', keys: { sessionToken: 'x' } },
      INVALID,
    ],
    [
      'of a session that is over',
      'EXPIRED',
      { target: '/pets' },
      '403 ExpiredTokenException {"message":"The security token included in the request is expired"}',
    ],
    [
      'six minutes late',
      'ADMIN',
      { target: '/pets', at: NOW - 360_000 },
      '403 InvalidSignatureException {"message":"Signature expired: 20260131T115400Z is now earlier than 20260131T115500Z (20260131T120000Z - 5 min.)"}',
    ],
    [
      'six minutes early',
      'ADMIN',
      { target: '/pets', at: NOW + 360_000 },
      '403 InvalidSignatureException {"message":"Signature not yet current: 20260131T120600Z is still later than 20260131T120500Z (20260131T120000Z + 5 min.)"}',
    ],
    [
      'for another region',
      'ADMIN',
      { target: '/pets', scope: { region: 'eu-west-1' } },
      `403 InvalidSignatureException {"message":"Credential should be scoped to a valid region, not 'eu-west-1'. "}`,
    ],
    [
      'for another service',
      'ADMIN',
      { target: '/pets', scope: { service: 's3' } },
      `403 InvalidSignatureException {"message":"Credential should be scoped to correct service: 'execute-api'. "}`,
    ],
    [
      "of S3's chunks, which no other service reads",
      'ADMIN',
      {
        method: 'POST',
        target: '/pets',
        body: 'x',
        headers: ['X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
      },
      MISMATCH,
    ],
    [
      'with the hash of another body',
      'ADMIN',
      { method: 'POST', target: '/pets', body: 'y', headers: [`X-Amz-Content-Sha256: ${sha256Hex('x')}`] },
      MISMATCH,
    ],
  ]
  test.each(refused)('%s', async (_, key, request, expected) => {
    expect(told(await send(key, request))).toStartWith(expected)
  })

  const TARGET = `raw:/${STAGE}/pets?a=1`
  const tampered: readonly (readonly [name: string, change: (request: RawRequest) => RawRequest])[] = [
    ['the method', (request) => ({ ...request, method: 'PUT' })],
    ['the path', (request) => ({ ...request, target: `raw:/${STAGE}/pet?a=1` })],
    ['the case of the path', (request) => ({ ...request, target: `raw:/${STAGE}/Pets?a=1` })],
    ['an encoding in the path', (request) => ({ ...request, target: `raw:/${STAGE}/%70ets?a=1` })],
    ['the stage', (request) => ({ ...request, target: `raw:/${STAGE}/x/pets?a=1` })],
    ['the end of the path', (request) => ({ ...request, target: `raw:/${STAGE}/pets/?a=1` })],
    ['a value of the query', (request) => ({ ...request, target: TARGET.replace('1', '2') })],
    ['another value in the query', (request) => ({ ...request, target: `${TARGET}&a=2` })],
    ['an empty name in the query', (request) => ({ ...request, target: `${TARGET}&=` })],
    ['the body', (request) => ({ ...request, body: '{"name":"rex"}' })],
    ['an end of the body', (request) => ({ ...request, body: '{"name":"Rex"} ' })],
    ['a header', changed('My-Header: a', 'My-Header: b')],
    ['one more value of a header', (request) => withLine(request, 'My-Header: b')],
    ['the date', changed('X-Amz-Date: 20260131T120000Z', 'X-Amz-Date: 20260131T120001Z')],
    ['another date', (request) => withLine(request, 'X-Amz-Date: 20260131T120001Z')],
    ['a header less that is signed', changed('my-header;', '')],
    ['one more header that is signed', changed('host;', 'host;my-other;')],
    ['a bit of the signature', flipped],
    ['a signature that is cut', changed(/Signature=.{8}/, 'Signature=')],
    ['no signature', changed(/Signature=.*/, 'Signature=')],
  ]
  test.each(tampered)('with %s changed', async (_, change) => {
    const original = signed(API, 'ADMIN', {
      method: 'POST',
      target: '/pets?a=1',
      headers: ['My-Header: a'],
      body: '{"name":"Rex"}',
      at: NOW,
    })
    expect(told(await house.send(API, original))).toStartWith('200 ADMIN')
    expect(told(await house.send(API, change(original)))).toStartWith(MISMATCH)
  })

  const unreadable: readonly (readonly [name: string, headers: readonly string[], told: string])[] = [
    ['nothing', [], '403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}'],
    [
      'a token of another kind',
      ['Authorization: Bearer abc'],
      `403 IncompleteSignatureException {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '`,
    ],
    [
      'parts missing',
      ['Authorization: AWS4-HMAC-SHA256 x'],
      `403 IncompleteSignatureException {"message":"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization `,
    ],
    [
      'a scope that is none',
      [
        'X-Amz-Date: 20260131T120000Z',
        'Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c',
      ],
      `403 IncompleteSignatureException {"message":"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'."}`,
    ],
    [
      'a date that is none',
      [
        'X-Amz-Date: yesterday',
        `Authorization: AWS4-HMAC-SHA256 Credential=a/20260131/${REGION}/execute-api/aws4_request, SignedHeaders=host, Signature=c`,
      ],
      `403 IncompleteSignatureException {"message":"Date must be in ISO-8601 'basic format'. Got 'yesterday'.`,
    ],
    [
      'no host among what is signed',
      [
        'X-Amz-Date: 20260131T120000Z',
        `Authorization: AWS4-HMAC-SHA256 Credential=ADMIN/20260131/${REGION}/execute-api/aws4_request, SignedHeaders=x-amz-date, Signature=c`,
      ],
      `403 InvalidSignatureException {"message":"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}`,
    ],
  ]
  test.each(unreadable)('with %s', async (_, headers, expected) => {
    expect(told(await house.send(API, { target: '/pets', headers }))).toStartWith(expected)
  })

  test('twice in one request', async () => {
    const request = signed(API, 'ADMIN', { target: '/pets', at: NOW })
    const twice = { ...request, headers: [...request.headers, 'Authorization: x'] }
    expect(told(await house.send(API, twice))).toStartWith('403 IncompleteSignatureException')
  })

  test('showing what was expected over, and neither token nor cookie', async () => {
    const { body } = await send('ASIASESSION', {
      target: '/pets?X=%2F',
      headers: ['Cookie: session=hidden'],
      keys: { sessionToken: 'the token', secretAccessKey: 'wrong' },
    })
    const message = (JSON.parse(body) as { message: string }).message
    expect(message).toContain(
      `\n\nThe Canonical String for this request should have been\n'GET\n/${STAGE}/pets\nX=%2F\ncookie:***\nhost:${hostOf(API)}\nx-amz-date:20260131T120000Z\nx-amz-security-token:***\n\ncookie;host;x-amz-date;x-amz-security-token\n${sha256Hex('')}'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260131T120000Z\n20260131/${REGION}/execute-api/aws4_request\n`,
    )
    expect(message).not.toMatch(/hidden|the token/)
  })
})

test('its owner is told which policy decided, and nothing of the signature', async () => {
  const { pass, token } = newPass(Date.now(), 60)
  house.explainer.allow(pass)
  const request = signed(API, 'CAREFUL', { target: '/admin/users', at: NOW })
  const headers = [...request.headers, `X-Gatehouse-Explain: ${token}`]
  const { body } = await house.send(API, { ...request, headers })
  const { steps } = JSON.parse(body) as { steps: { step: string; decided: object }[] }
  expect(steps.find(({ step }) => step === 'authorize')?.decided).toMatchObject({
    policy: { decision: 'explicit-deny', source: 'identity', statement: { effect: 'Deny' } },
  })
  const [, signature = 'none'] = /Signature=(\w+)/.exec(request.headers.join()) ?? []
  expect(signature).toHaveLength(64)
  expect(body).not.toContain(signature)
})

describe('policies decide', () => {
  type Row = readonly [name: string, key: string, request: SignedRequest, expected: string]
  const session = { keys: { sessionToken: 'the token' } }
  const rows: readonly Row[] = [
    ['nothing is allowed', 'NOBODY', { target: '/pets' }, denied('NOBODY', 'GET/pets')],
    ['a method is', 'READER', { target: '/pets' }, '200 READER'],
    ['another is not', 'READER', { method: 'POST', target: '/pets' }, denied('READER', 'POST/pets')],
    [
      'another that a header asks for is not',
      'READER',
      { target: '/pets', headers: ['X-HTTP-Method-Override: POST'] },
      denied('READER', 'POST/pets'),
    ],
    [
      'a path is denied',
      'CAREFUL',
      { target: '/admin/users' },
      denied('CAREFUL', 'GET/admin/users', ' with an explicit deny'),
    ],
    ['others are not', 'CAREFUL', { target: '/pets' }, '200 CAREFUL'],
    [
      'with a slash at its end',
      'CAREFUL',
      { target: '/admin/users/' },
      denied('CAREFUL', 'GET/admin/users', ' with'),
    ],
    [
      'with slashes before it',
      'CAREFUL',
      { target: '//admin/users' },
      denied('CAREFUL', 'GET/admin/users', ' with'),
    ],
    [
      'with slashes before the stage',
      'CAREFUL',
      { target: `raw://${STAGE}/admin/users` },
      denied('CAREFUL', 'GET/admin/users', ' with'),
    ],
    // Segments are compared as sent, by the router and by policies alike: these are not that path.
    ['in another case', 'CAREFUL', { target: '/Admin/users' }, '200 CAREFUL'],
    ['with a dot at its end', 'CAREFUL', { target: '/admin./users' }, '200 CAREFUL'],
    ['a boundary holds', 'BOUND', { method: 'POST', target: '/pets' }, denied('BOUND', 'POST/pets')],
    ['and lets through', 'BOUND', { target: '/pets' }, '200 BOUND'],
    ['a boundary that is lost lets nobody in', 'LOST', { target: '/pets' }, '403 AccessDeniedException'],
    [
      'a session policy holds',
      'ASIASESSION',
      { method: 'POST', target: '/pets', ...session },
      '403 AccessDeniedException',
    ],
    ['and lets through', 'ASIASESSION', { target: '/pets', ...session }, '200 ASIASESSION'],
    ['another account needs both', 'FOREIGN', { target: '/pets' }, denied('FOREIGN', 'GET/pets')],
  ]
  test.each(rows)('%s', async (_, key, request, expected) => {
    expect(told(await send(key, request))).toStartWith(expected.replace(/"}$/, ''))
  })

  // Developer guide, "How API Gateway resource policies affect authorization workflow", tables A and B.
  const ADMIN = `arn:aws:iam::${ACCOUNT}:user/ADMIN`
  const tables: readonly (readonly [
    key: string,
    effect: 'Allow' | 'Deny',
    principal: unknown,
    allowed: boolean,
  ])[] = [
    ['ADMIN', 'Allow', '*', true],
    ['ADMIN', 'Allow', { AWS: AWAY }, true],
    ['ADMIN', 'Deny', '*', false],
    ['NOBODY', 'Allow', '*', true],
    ['NOBODY', 'Allow', { AWS: AWAY }, false],
    ['NOBODY', 'Deny', '*', false],
    ['NOBODY', 'Allow', { AWS: `arn:aws:iam::${ACCOUNT}:user/NOBODY` }, true],
    ['CAREFUL', 'Deny', { AWS: ADMIN }, true],
    ['ADMIN', 'Deny', { AWS: ADMIN }, false],
    ['FOREIGN', 'Allow', '*', true],
    ['FOREIGN', 'Allow', { AWS: AWAY }, true],
    ['FOREIGN', 'Allow', { AWS: ACCOUNT }, false],
    ['FOREIGN', 'Deny', '*', false],
    ['SILENT', 'Allow', '*', false],
    ['SILENT', 'Allow', { AWS: AWAY }, false],
  ]
  test.each(tables)("%s, and the API's policy: %s %p", async (key, effect, principal, allowed) => {
    const policy = document(effect, 'execute-api:/*', principal)
    house.deploy('policed', { ...definition, api: { policy } })
    const request = signed('policed', key, { target: '/pets', at: NOW })
    expect((await house.send('policed', request)).status).toBe(allowed ? 200 : 403)
  })

  test('a condition of the API reads what is known of the caller', async () => {
    const statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringEquals: { 'aws:username': 'NOBODY' } },
    }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    house.deploy('conditional', { ...definition, api: { policy } })
    const ask = async (key: string): Promise<number> =>
      (await house.send('conditional', signed('conditional', key, { target: '/pets', at: NOW }))).status
    expect([await ask('NOBODY'), await ask('SILENT')]).toEqual([200, 403])
  })
})

describe('callers are kept', () => {
  test('until something has changed', async () => {
    known['CHANGING'] = userKey('CHANGING', { allow: '*' })
    asked = []
    const ask = async (): Promise<number> => (await send('CHANGING', { target: '/pets' })).status
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200])
    expect(asked).toEqual(['CHANGING'])
    known['CHANGING'] = 'unknown'
    house.forgetCallers()
    expect([await ask(), await ask()]).toEqual([403, 403])
    expect(asked).toEqual(['CHANGING', 'CHANGING'])
  })

  test('and when they cannot be asked for, nobody is let in, until they can', async () => {
    known['LATER'] = userKey('LATER', { allow: '*' })
    isDown = true
    expect((await send('LATER', { target: '/pets' })).status).toBe(500)
    isDown = false
    expect((await send('LATER', { target: '/pets' })).status).toBe(200)
  })

  test('and asked for once, however many wait', async () => {
    known['CROWD'] = userKey('CROWD', { allow: '*' })
    asked = []
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('CROWD', { target: '/pets' })))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(asked).toEqual(['CROWD'])
  })

  test('until their session is over', async () => {
    const request = signed(API, 'ASIASESSION', {
      target: '/pets',
      at: NOW,
      keys: { sessionToken: 'the token' },
    })
    expect((await house.send(API, request)).status).toBe(200)
    clock.nowMs = NOW + 1000
    try {
      expect(told(await house.send(API, request))).toStartWith('403 ExpiredTokenException')
    } finally {
      clock.nowMs = NOW
    }
  })
})

function changed(from: string | RegExp, to: string): (request: RawRequest) => RawRequest {
  return (request) => ({ ...request, headers: (request.headers ?? []).map((line) => line.replace(from, to)) })
}

function withLine(request: RawRequest, line: string): RawRequest {
  return { ...request, headers: [...(request.headers ?? []), line] }
}

function flipped(request: RawRequest): RawRequest {
  const flip = (line: string): string =>
    line.replace(
      /(Signature=.{31})(.)/,
      (_, before: string, digit: string) => before + (digit === '0' ? '1' : '0'),
    )
  return { ...request, headers: (request.headers ?? []).map(flip) }
}
