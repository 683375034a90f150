import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { selfSignedCertificate } from '#base/self-signed-certificate.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { TrustStoreUnreadable, type TrustStoreReader } from '../apigateway/trust-store-reader.ts'
import { playBoth, playBothOn } from '../../../test/support/play-both-versions.ts'
import { account, now, region, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const name = 'api.example.com'
const certificate = (id: string) => `arn:aws:acm:us-east-1:111111111111:certificate/${id}`
const unknown = ['NotFoundException', 'Invalid domain name identifier specified'] as const
const onlyRegional =
  'Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, please use the API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names.'
const onlyTls12 =
  'Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. For TLS 1.0 domain names, please use the API Gateway V1 API to upgrade your security policy to TLS 1.2. Currently, only REST APIs can be attached to a domain name with a security policy of TLS 1.0.'

const create = (more: object = {}, configuration: object = {}): PlayedCall => ({
  call: 'v2:CreateDomainName',
  with: {
    DomainName: name,
    DomainNameConfigurations: [{ CertificateArn: certificate('a'), ...configuration }],
    ...more,
  },
  as: 'made',
})
const update = (more: object): PlayedCall => ({
  call: 'v2:UpdateDomainName',
  with: { DomainName: name, ...more },
})
const byVersion1 = (types: readonly string[], more: object = {}): PlayedCall => ({
  call: 'CreateDomainName',
  with: {
    domainName: name,
    certificateArn: certificate('a'),
    regionalCertificateArn: certificate('a'),
    endpointConfiguration: { types },
    ...more,
  },
  as: 'old',
})
const names = {
  ApiGatewayDomainName: '$made.DomainNameConfigurations.0.ApiGatewayDomainName',
  HostedZoneId: 'Z1UJRXOUMOOFQ8',
}
const made = {
  ApiMappingSelectionExpression: '$request.basepath',
  DomainName: name,
  DomainNameArn: `arn:aws:apigateway:${region}::/domainnames/${name}`,
  DomainNameConfigurations: [
    {
      ...names,
      CertificateArn: certificate('a'),
      DomainNameStatus: 'AVAILABLE',
      EndpointType: 'REGIONAL',
      IpAddressType: 'ipv4',
      SecurityPolicy: 'TLS_1_2',
    },
  ],
  RoutingMode: 'API_MAPPING_ONLY',
  Tags: {},
}

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a domain name from creation to deletion': [
    { ...create(), gives: made },
    { call: 'v2:GetDomainName', with: { DomainName: name }, gives: made },
    { call: 'v2:GetDomainNames', gives: { Items: [made] } },
    // Both versions show one record.
    {
      call: 'GetDomainName',
      with: { domainName: name },
      has: {
        regionalDomainName: names.ApiGatewayDomainName,
        regionalCertificateArn: certificate('a'),
        endpointConfiguration: { types: ['REGIONAL'] },
        routingMode: 'BASE_PATH_MAPPING_ONLY',
      },
    },
    { call: 'v2:DeleteDomainName', with: { DomainName: name }, gives: {} },
    { call: 'v2:GetDomainName', with: { DomainName: name }, fails: unknown },
    { call: 'GetDomainName', with: { domainName: name }, fails: unknown },
  ],
  'what an update leaves out stays': [
    create({ Tags: { team: 'a' } }),
    {
      ...update({ RoutingMode: 'ROUTING_RULE_THEN_API_MAPPING' }),
      has: { ...made, RoutingMode: 'ROUTING_RULE_THEN_API_MAPPING', Tags: { team: 'a' } },
    },
    {
      ...update({
        DomainNameConfigurations: [{ CertificateArn: certificate('b'), IpAddressType: 'dualstack' }],
      }),
      has: {
        DomainNameConfigurations: [
          { CertificateArn: certificate('b'), IpAddressType: 'dualstack', SecurityPolicy: 'TLS_1_2' },
        ],
        RoutingMode: 'ROUTING_RULE_THEN_API_MAPPING',
      },
    },
    {
      call: 'GetDomainName',
      with: { domainName: name },
      has: { routingMode: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING' },
    },
  ],
  'a domain name needs one configuration, and is regional': [
    {
      call: 'v2:CreateDomainName',
      with: { DomainName: name },
      fails: [bad, 'Invalid input. Expected one domain name configuration'],
    },
    {
      ...create({ DomainNameConfigurations: [{}, {}] }),
      fails: [bad, 'Invalid input. Expected one domain name configuration'],
    },
    {
      ...create({}, { EndpointType: 'EDGE' }),
      fails: [bad, 'EDGE endpoint type is not supported for APIGatewayV2 domainName'],
    },
    { ...create({}, { SecurityPolicy: 'TLS_1_0' }), fails: [bad, onlyTls12] },
    {
      ...create({}, { CertificateArn: '' }),
      fails: [bad, 'A certificate was not provided for the endpoint type REGIONAL.'],
    },
    create(),
    { ...create(), fails: [bad, 'The domain name you provided already exists.'] },
    {
      ...update({ DomainNameConfigurations: [{ EndpointType: 'EDGE' }] }),
      fails: [bad, 'EDGE endpoint type is not supported for APIGatewayV2 domainName'],
    },
    { ...update({ DomainNameConfigurations: [{ SecurityPolicy: 'TLS_1_0' }] }), fails: [bad, onlyTls12] },
  ],
  'an edge-optimized domain name is shown, and left to version 1': [
    byVersion1(['EDGE']),
    {
      call: 'v2:GetDomainName',
      with: { DomainName: name },
      has: {
        DomainNameConfigurations: [
          {
            ApiGatewayDomainName: '$old.distributionDomainName',
            CertificateArn: certificate('a'),
            CertificateUploadDate: now,
            EndpointType: 'EDGE',
          },
        ],
      },
    },
    { ...update({ RoutingMode: 'ROUTING_RULE_ONLY' }), fails: [bad, onlyRegional] },
    { call: 'v2:GetApiMappings', with: { DomainName: name }, fails: [bad, onlyRegional] },
  ],
  'one that speaks TLS 1.0 is left to version 1': [
    byVersion1(['REGIONAL'], { securityPolicy: 'TLS_1_0' }),
    {
      ...update({ DomainNameConfigurations: [{ CertificateArn: certificate('b') }] }),
      fails: [bad, onlyTls12],
    },
  ],
  'private ones are not shown': [
    byVersion1(['PRIVATE']),
    { call: 'v2:GetDomainNames', gives: { Items: [] } },
    { call: 'v2:GetDomainName', with: { DomainName: name }, fails: unknown },
  ],
  'pages of domain names': [
    ...['a', 'b', 'c'].map((label) => ({ ...create({ DomainName: `${label}.example.com` }), as: label })),
    {
      call: 'v2:GetDomainNames',
      with: { MaxResults: '2' },
      as: 'first',
      has: { Items: [{ DomainName: 'a.example.com' }, { DomainName: 'b.example.com' }] },
    },
    {
      call: 'v2:GetDomainNames',
      with: { MaxResults: '2', NextToken: '$first.NextToken' },
      has: { Items: [{ DomainName: 'c.example.com' }] },
    },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playBoth(calls))

test('a trust store is read where its URI or version is named, and forgotten with it', async () => {
  const root = await selfSignedCertificate('Root', now - 86_400_000, now + 86_400_000)
  const asked: (string | undefined)[] = []
  const trustStores: TrustStoreReader = {
    async read(uri, version) {
      if (uri !== 's3://b/k.pem') throw new TrustStoreUnreadable('status 404')
      asked.push(version)
      return root.certificate
    },
  }
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const key = { account, region, parent: '', id: name }
  const trusting = (more: object): object => ({ MutualTlsAuthentication: more })
  const has = (MutualTlsAuthentication: object): Pick<PlayedCall, 'has'> => ({
    has: { MutualTlsAuthentication },
  })
  try {
    await playBothOn(
      store,
      [
        { ...create(trusting({ TruststoreUri: 's3://b/k.pem' })), ...has({ TruststoreUri: 's3://b/k.pem' }) },
        update({ RoutingMode: 'ROUTING_RULE_ONLY' }),
        {
          ...update(trusting({ TruststoreVersion: '7' })),
          ...has({ TruststoreUri: 's3://b/k.pem', TruststoreVersion: '7' }),
        },
        {
          ...update(trusting({ TruststoreUri: 's3://b/none.pem' })),
          fails: [bad, 'The truststore s3://b/none.pem cannot be read: status 404.'],
        },
        { ...update(trusting({ TruststoreVersion: '' })), ...has({ TruststoreUri: 's3://b/k.pem' }) },
      ],
      { trustStores },
    )
    expect(asked).toEqual([undefined, '7', undefined])
    expect(await store.read(records.trustStore, key)).toBeDefined()
    await playBothOn(
      store,
      [
        update(trusting({ TruststoreUri: '' })),
        {
          ...update(trusting({ TruststoreVersion: '7' })),
          fails: [bad, 'A truststoreVersion needs a truststoreUri.'],
        },
      ],
      { trustStores },
    )
    expect(await store.read(records.trustStore, key)).toBeUndefined()
  } finally {
    await store.close()
  }
})
