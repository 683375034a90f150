import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, defaultDataDir, readConfig, type ConfigSources } from './config.ts'

const none: ConfigSources = { flags: new Map(), environment: {} }
const flags = (entries: Record<string, string[]>): ConfigSources['flags'] => new Map(Object.entries(entries))

test('defaults: loopback, port 4566, account of zeros, any signature', () => {
  expect(readConfig(none)).toMatchObject({
    host: 'localhost',
    port: 4566,
    accountId: '000000000000',
    credentials: [],
    dev: false,
  })
})

test('a flag outdoes a variable, a variable the file, the file the default', () => {
  const file = { name: 'f.yaml', values: { port: 1, region: 'eu-west-1', accountId: '111111111111' } }
  const environment = { GATEHOUSE_PORT: '2', GATEHOUSE_REGION: 'eu-north-1' }
  const config = readConfig({ flags: flags({ port: ['3'] }), environment, file })
  expect([config.port, config.region, config.accountId]).toEqual([3, 'eu-north-1', '111111111111'])
})

test('an empty variable says nothing', () => {
  expect(readConfig({ ...none, environment: { GATEHOUSE_PORT: '' } }).port).toBe(4566)
})

test('the variable that AWS clients use for a Lambda endpoint works here too', () => {
  const environment = { AWS_ENDPOINT_URL_LAMBDA: 'http://other:1' }
  expect(readConfig({ ...none, environment }).lambdaEndpoint).toBe('http://other:1')
})

test('quotas, given one by one or together', () => {
  const config = readConfig({ ...none, flags: flags({ quotas: ['apiKeys=5, vpcLinks=0', 'usagePlans=7'] }) })
  expect(config.quotas).toEqual({ apiKeys: 5, vpcLinks: 0, usagePlans: 7 })
})

test("an account's throttle", () => {
  const config = readConfig({ ...none, flags: flags({ 'account-throttle': ['0.5:20'] }) })
  expect(config.accountThrottle).toEqual({ perSecond: 0.5, burst: 20 })
})

for (const text of ['100', '100:', '0:5', '5:0', '1e3:5', '-1:5']) {
  test(`a throttle that is not one: ${text}`, () => {
    expect(() => readConfig({ ...none, flags: flags({ 'account-throttle': [text] }) })).toThrow(
      `--account-throttle: expected requests a second and at once such as 10000:5000, found "${text}"`,
    )
  })
}

for (const text of ['apiKeys', 'apiKeys=-1', 'keys=5', 'toString=5']) {
  test(`a quota that is not one: ${text}`, () => {
    expect(() => readConfig({ ...none, flags: flags({ quotas: [text] }) })).toThrow(
      `--quotas: expected a quota and its number such as resourcesPerApi=1000, found "${text}"; there are regionalApis,`,
    )
  })
}

test('ranges of proxies, given one by one or together', () => {
  const config = readConfig({
    ...none,
    flags: flags({ 'trusted-proxies': ['10.0.0.0/8,::1', '192.0.2.0/24'] }),
  })
  expect(config.trustedProxies.map(({ bytes, prefix }) => [bytes.length, prefix])).toEqual([
    [4, 8],
    [16, 128],
    [4, 24],
  ])
})

const refused: readonly [sources: Partial<ConfigSources>, message: RegExp][] = [
  [{ flags: flags({ port: ['http'] }) }, /^--port: expected a whole number from 0 to 65535, found "http"$/],
  [{ flags: flags({ port: ['1', '2'] }) }, /^--port: expected one value, found 2$/],
  [{ environment: { GATEHOUSE_PORT: '70000' } }, /^GATEHOUSE_PORT: .*found "70000"$/],
  [
    { environment: { GATEHOUSE_ACCOUNT_ID: '123' } },
    /^GATEHOUSE_ACCOUNT_ID: expected 12 digits, found "123"$/,
  ],
  [{ file: { name: 'g.yaml', values: { prot: 1 } } }, /^g\.yaml: unknown setting prot; there are host, port/],
  [
    { file: { name: 'g.yaml', values: { dev: 'maybe' } } },
    /^g\.yaml: dev: expected true or false, found "maybe"$/,
  ],
  [{ file: { name: 'g.yaml', values: { toString: 1 } } }, /^g\.yaml: unknown setting toString/],
  [
    { file: { name: 'g.yaml', values: { dataDir: { a: 1 } } } },
    /^g\.yaml: dataDir: expected a text, number or boolean, found a map or list$/,
  ],
  [{ file: { name: 'g.yaml', values: { port: [1, 2] } } }, /^g\.yaml: port: expected one value, found 2$/],
  [{ flags: flags({ 'log-level': ['loud'] }) }, /^--log-level: expected debug, info, .*found "loud"$/],
  [
    { flags: flags({ 'trusted-proxies': ['10.0.0.1/8'] }) },
    /^--trusted-proxies: expected .*found "10\.0\.0\.1\/8"$/,
  ],
  [
    { flags: flags({ 'backend-ca': ['/no/such.pem'] }) },
    /^--backend-ca: expected a file of PEM certificates, found "\/no\/such\.pem": ENOENT/,
  ],
  [
    { flags: flags({ 'backend-ca': [import.meta.path] }) },
    /^--backend-ca: expected a file of PEM certificates, .*found none$/,
  ],
  [
    { flags: flags({ 'backend-connections': ['0'] }) },
    /^--backend-connections: expected a whole number from 1/,
  ],
  [{ flags: flags({ 'lambda-endpoint': ['ftp://x'] }) }, /expected an http:\/\/ or https:\/\/ URL/],
]

for (const [sources, message] of refused) {
  test(`refused: ${message.source}`, () => {
    expect(() => readConfig({ ...none, ...sources })).toThrow(ConfigError)
    expect(() => readConfig({ ...none, ...sources })).toThrow(message)
  })
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('credentials come as pairs and from files, and a mistake never shows a secret', () => {
  const file = join(folder, 'keys')
  writeFileSync(file, '# who may deploy\nBOB:secret-of-bob\n\n')
  const config = readConfig({ ...none, flags: flags({ credentials: ['ALICE:secret-of-alice', file] }) })
  expect(config.credentials).toEqual([
    { accessKeyId: 'ALICE', secret: 'secret-of-alice' },
    { accessKeyId: 'BOB', secret: 'secret-of-bob' },
  ])
  for (const text of ['ALICE:short', 'AL ICE:secret-of-alice']) {
    let message = ''
    try {
      readConfig({ ...none, flags: flags({ credentials: [text] }) })
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(/^--credentials: expected KEY:SECRET/)
    expect(message).not.toContain('short')
    expect(message).not.toContain('secret-of')
  }
  writeFileSync(file, 'BOB\n')
  expect(() => readConfig({ ...none, flags: flags({ credentials: [file] }) })).toThrow(
    /keys:1: expected KEY:SECRET/,
  )
})

test('the data folder is where each platform keeps such things', () => {
  expect(defaultDataDir('linux', { XDG_DATA_HOME: '/x' })).toBe('/x/gatehouse')
  expect(defaultDataDir('darwin', {})).toEndWith('/Library/Application Support/Gatehouse')
  expect(defaultDataDir('win32', { LOCALAPPDATA: 'C:' })).toEndWith('Gatehouse')
})

test('VPC endpoints, given one by one or together', () => {
  const flag = flags({ 'vpc-endpoints': ['vpce-1=vpc-1,10.0.0.0/16, 10.9.0.1', 'vpce-2=vpc-2'] })
  const environment = { GATEHOUSE_VPC_ENDPOINTS: 'vpce-1=vpc-1,10.0.0.0/16,10.9.0.1,vpce-2=vpc-2' }
  for (const sources of [
    { ...none, flags: flag },
    { ...none, environment },
  ]) {
    expect(
      readConfig(sources).vpcEndpoints.map(({ id, vpcId, ranges }) => [
        id,
        vpcId,
        ranges.map(({ prefix }) => prefix),
      ]),
    ).toEqual([
      ['vpce-1', 'vpc-1', [16, 32]],
      ['vpce-2', 'vpc-2', []],
    ])
  }
})

for (const [text, told] of [
  ['10.0.0.0/16', 'expected an endpoint with its VPC and ranges'],
  ['vpce-1', 'found "vpce-1"'],
  ['vpce-1=vpc-1,10.1.2.3/8', 'found "10.1.2.3/8"'],
  ['vpce-1=vpc-1,vpce-1=vpc-2', 'expected each endpoint once, found vpce-1 twice'],
] as const) {
  test(`a VPC endpoint that is none: ${text}`, () => {
    expect(() => readConfig({ ...none, flags: flags({ 'vpc-endpoints': [text] }) })).toThrow(told)
  })
}
