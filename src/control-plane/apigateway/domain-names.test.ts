import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { silentLog } from '#base/log.ts'
import { selfSignedCertificate } from '#base/self-signed-certificate.ts'
import { records } from '#model/records.ts'
import { createSealer, sealingKeyBytes } from '#store/sealing.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import {
  account,
  now,
  playCalls,
  playCallsOn,
  region,
  type PlayedCall,
} from '../../../test/support/play-calls.ts'
import { Authority } from '../../../test/support/certificates.ts'
import { domainPolicy, uploadedCertificate } from './domain-name-record.ts'
import { uploadedCertificatePlace } from './domain-name-changes.ts'
import { TrustStoreUnreadable, type TrustStoreReader } from './trust-store-reader.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const certificateArn = 'arn:aws:acm:us-east-1:111111111111:certificate/fb1b9770-a305-495d-aefb-27e5e101ff3'
const regionalCertificateArn = certificateArn
const name = 'api.example.com'
const unknownName = [missing, 'Invalid domain name identifier specified'] as const
const create = (more: object, as?: string): PlayedCall => ({
  call: 'CreateDomainName',
  with: { domainName: name, ...more },
  ...(as === undefined ? {} : { as }),
})
const patch = (...patchOperations: readonly object[]): PlayedCall => ({
  call: 'UpdateDomainName',
  with: { domainName: name, patchOperations },
})
const edge = create({ certificateArn, certificateName: 'mine' }, 'made')
const types = (type: string): object => ({ endpointConfiguration: { types: [type] } })
const regional = create({ regionalCertificateArn, ...types('REGIONAL') }, 'made')
const privateOne = create({ certificateArn, ...types('PRIVATE') }, 'made')
const refused = (more: object, message: string): PlayedCall => ({ ...create(more), fails: [bad, message] })
const trusting = (truststoreUri: string): object => ({ mutualTlsAuthentication: { truststoreUri } })
const root = await selfSignedCertificate('Root', now - 86_400_000, now + 86_400_000)
const stores: Readonly<Record<string, string>> = {
  's3://b/k.pem': root.certificate,
  's3://b/weak.pem': Authority.create('Root').intermediate('Department').certificate,
  's3://b/text': 'nothing',
}
const trustStores: TrustStoreReader = {
  async read(uri) {
    const text = stores[uri]
    if (text === undefined) throw new TrustStoreUnreadable('status 404')
    return text
  },
}
const weak = {
  mutualTlsAuthentication: {
    truststoreUri: 's3://b/weak.pem',
    truststoreWarnings: [
      'The certificate is not valid yet. Subject: CN=Department,O=Example',
      'The chain of trust does not end in a root certificate. Subject: CN=Department,O=Example',
    ],
  },
}
const edgeNames = {
  distributionDomainName: '$made.distributionDomainName',
  distributionHostedZoneId: 'Z2FDTNDATAQYW2',
}
const regionalNames = {
  regionalDomainName: '$made.regionalDomainName',
  regionalHostedZoneId: 'Z1UJRXOUMOOFQ8',
}
const publicArn = `arn:aws:apigateway:${region}::/domainnames/${name}`
const vpce = 'vpce-abcd1234efg'
const associationArn = `arn:aws:apigateway:${region}:${account}:/domainnameaccessassociations/domainname/${name}/vpcesource/${vpce}`

const associate: PlayedCall = {
  call: 'CreateDomainNameAccessAssociation',
  with: {
    domainNameArn: '$made.domainNameArn',
    accessAssociationSourceType: 'VPCE',
    accessAssociationSource: vpce,
    tags: { a: 'b' },
  },
}

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'an edge domain name': [
    {
      ...edge,
      gives: {
        domainName: name,
        domainNameArn: publicArn,
        certificateArn,
        certificateName: 'mine',
        certificateUploadDate: now,
        ...edgeNames,
        endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
        domainNameStatus: 'AVAILABLE',
        securityPolicy: 'TLS_1_2',
        routingMode: 'BASE_PATH_MAPPING_ONLY',
      },
    },
    { call: 'GetDomainName', with: { domainName: name }, has: { ...edgeNames, certificateArn } },
    { call: 'GetDomainNames', with: {}, has: { items: [edgeNames] } },
    { call: 'GetDomainNames', with: { resourceOwner: 'OTHER_ACCOUNTS' }, gives: { items: [] } },
    { ...create({ certificateArn }), fails: [bad, 'The domain name you provided already exists.'] },
    { call: 'DeleteDomainName', with: { domainName: name }, gives: {} },
    { call: 'GetDomainName', with: { domainName: name }, fails: unknownName },
    { call: 'UpdateDomainName', with: { domainName: name }, fails: unknownName },
    { call: 'DeleteDomainName', with: { domainName: name }, fails: unknownName },
  ],
  'a regional domain name with mutual TLS': [
    {
      ...create(
        {
          regionalCertificateArn,
          ...types('REGIONAL'),
          ownershipVerificationCertificateArn: certificateArn,
          mutualTlsAuthentication: { truststoreUri: 's3://b/k.pem', truststoreVersion: '1' },
          securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
          endpointAccessMode: 'STRICT',
          routingMode: 'ROUTING_RULE_ONLY',
          tags: { a: 'b' },
        },
        'made',
      ),
      gives: {
        domainName: name,
        domainNameArn: publicArn,
        regionalCertificateArn,
        ...regionalNames,
        endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
        domainNameStatus: 'AVAILABLE',
        securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
        endpointAccessMode: 'STRICT',
        mutualTlsAuthentication: { truststoreUri: 's3://b/k.pem', truststoreVersion: '1' },
        ownershipVerificationCertificateArn: certificateArn,
        routingMode: 'ROUTING_RULE_ONLY',
        tags: { a: 'b' },
      },
    },
    {
      ...patch({ op: 'replace', path: '/mutualTlsAuthentication/truststoreVersion', value: '2' }),
      has: { mutualTlsAuthentication: { truststoreUri: 's3://b/k.pem', truststoreVersion: '2' } },
    },
    { ...patch({ op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: '' }), as: 'off' },
    {
      ...patch({ op: 'replace', path: '/mutualTlsAuthentication/truststoreVersion', value: '2' }),
      fails: [bad, 'A truststoreVersion needs a truststoreUri.'],
    },
  ],
  'what is wrong with a trust store is told, and mutual TLS is on': [
    {
      ...create({ regionalCertificateArn, ...types('REGIONAL'), ...trusting('s3://b/k.pem') }),
      has: { mutualTlsAuthentication: { truststoreUri: 's3://b/k.pem' } },
    },
    {
      ...patch({ op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: 's3://b/weak.pem' }),
      has: weak,
    },
    { call: 'GetDomainName', with: { domainName: name }, has: weak },
    {
      ...patch({ op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: 's3://b/none.pem' }),
      fails: [bad, 'The truststore s3://b/none.pem cannot be read: status 404.'],
    },
    { call: 'GetDomainName', with: { domainName: name }, has: weak },
  ],
  'a trust store that cannot be had, and one that is none': [
    refused(
      { regionalCertificateArn, ...types('REGIONAL'), ...trusting('s3://b/none.pem') },
      'The truststore s3://b/none.pem cannot be read: status 404.',
    ),
    refused(
      { regionalCertificateArn, ...types('REGIONAL'), ...trusting('s3://b/text') },
      'The truststore s3://b/text holds no PEM certificate.',
    ),
    { call: 'GetDomainName', with: { domainName: name }, fails: unknownName },
  ],
  'a domain name moves from edge to regional': [
    edge,
    {
      ...patch(
        { op: 'add', path: '/endpointConfiguration/types', value: 'REGIONAL' },
        { op: 'add', path: '/endpointConfiguration/types/0', value: 'REGIONAL' },
      ),
      fails: [bad, 'A certificate was not provided for the endpoint type REGIONAL.'],
    },
    {
      ...patch(
        { op: 'add', path: '/endpointConfiguration/types', value: 'REGIONAL' },
        { op: 'replace', path: '/regionalCertificateArn', value: certificateArn },
      ),
      as: 'both',
      has: {
        ...edgeNames,
        regionalHostedZoneId: 'Z1UJRXOUMOOFQ8',
        endpointConfiguration: { types: ['EDGE', 'REGIONAL'] },
      },
    },
    {
      ...patch({ op: 'remove', path: '/endpointConfiguration/types/EDGE' }),
      has: {
        regionalDomainName: '$both.regionalDomainName',
        endpointConfiguration: { types: ['REGIONAL'] },
      },
    },
    {
      ...patch({ op: 'replace', path: '/endpointConfiguration/types/0', value: 'EDGE' }),
      has: { ...edgeNames, endpointConfiguration: { types: ['EDGE'] } },
    },
    {
      ...patch({ op: 'replace', path: '/endpointConfiguration/types/0', value: 'PRIVATE' }),
      fails: [bad, 'A domain name cannot become private, nor a private one public: create another one.'],
    },
    {
      ...patch({ op: 'remove', path: '/endpointConfiguration/types/3' }),
      fails: [bad, 'Invalid patch path /endpointConfiguration/types/3'],
    },
  ],
  'other patches': [
    regional,
    {
      ...patch(
        { op: 'replace', path: '/securityPolicy', value: 'TLS_1_0' },
        { op: 'replace', path: '/routingMode', value: 'ROUTING_RULE_ONLY' },
        { op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'dualstack' },
        { op: 'replace', path: '/regionalCertificateName', value: 'n' },
      ),
      has: {
        securityPolicy: 'TLS_1_0',
        routingMode: 'ROUTING_RULE_ONLY',
        endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'dualstack' },
        regionalCertificateName: 'n',
      },
    },
    {
      ...patch({ op: 'replace', path: '/routingMode', value: 'x' }),
      fails: [
        bad,
        'Invalid routingMode specified. Valid options are BASE_PATH_MAPPING_ONLY,ROUTING_RULE_ONLY,ROUTING_RULE_THEN_BASE_PATH_MAPPING',
      ],
    },
    {
      ...patch({ op: 'replace', path: '/endpointConfiguration/ipAddressType', value: 'x' }),
      fails: [bad, 'ipAddressType must be either ipv4 or dualstack.'],
    },
    {
      ...patch({ op: 'replace', path: '/domainName', value: 'x' }),
      fails: [bad, 'Invalid patch path /domainName'],
    },
    {
      ...patch({ op: 'add', path: '/securityPolicy', value: 'TLS_1_2' }),
      fails: [bad, 'Invalid patch operation specified. Must be one of: [replace]'],
    },
  ],
  'a private domain name and its associations': [
    {
      ...create(
        {
          certificateArn,
          ...types('PRIVATE'),
          policy: '{"Statement": [{"Resource": ["execute-api:/*"]}]}',
        },
        'made',
      ),
      gives: {
        domainName: name,
        domainNameId: '$made.domainNameId',
        domainNameArn: '$made.domainNameArn',
        certificateArn,
        certificateUploadDate: now,
        endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack' },
        domainNameStatus: 'AVAILABLE',
        securityPolicy: 'TLS_1_2',
        policy: '$made.policy',
        routingMode: 'BASE_PATH_MAPPING_ONLY',
      },
    },
    { call: 'GetDomainName', with: { domainName: name }, fails: unknownName },
    {
      call: 'GetDomainName',
      with: { domainName: name, domainNameId: '$made.domainNameId' },
      has: { domainNameArn: '$made.domainNameArn' },
    },
    edge,
    { ...privateOne, fails: [bad, 'The domain name you provided already exists.'] },
  ],
  associations: [
    privateOne,
    {
      ...associate,
      gives: {
        domainNameAccessAssociationArn: associationArn,
        domainNameArn: '$made.domainNameArn',
        accessAssociationSourceType: 'VPCE',
        accessAssociationSource: vpce,
        tags: { a: 'b' },
      },
    },
    {
      ...associate,
      fails: ['ConflictException', 'Domain name access association already exists'],
    },
    { call: 'TagResource', with: { resourceArn: associationArn, tags: { c: 'd' } } },
    { call: 'GetTags', with: { resourceArn: associationArn }, gives: { tags: { a: 'b', c: 'd' } } },
    { call: 'TagResource', with: { resourceArn: '$made.domainNameArn', tags: { c: 'd' } } },
    { call: 'GetTags', with: { resourceArn: '$made.domainNameArn' }, gives: { tags: { c: 'd' } } },
    {
      call: 'GetDomainNameAccessAssociations',
      with: {},
      has: { items: [{ domainNameAccessAssociationArn: associationArn }] },
    },
    {
      call: 'RejectDomainNameAccessAssociation',
      with: { domainNameAccessAssociationArn: associationArn, domainNameArn: '$made.domainNameArn' },
      gives: {},
    },
    {
      call: 'DeleteDomainNameAccessAssociation',
      with: { domainNameAccessAssociationArn: associationArn },
      fails: [missing, 'Invalid domain name access association identifier specified'],
    },
    associate,
    {
      call: 'DeleteDomainNameAccessAssociation',
      with: { domainNameAccessAssociationArn: associationArn },
      gives: {},
    },
    associate,
    {
      call: 'DeleteDomainName',
      with: { domainName: name, domainNameId: '$made.domainNameId' },
      gives: {},
    },
    { call: 'GetDomainNameAccessAssociations', with: {}, gives: { items: [] } },
  ],
  'associations that are refused': [
    regional,
    {
      call: 'CreateDomainNameAccessAssociation',
      with: { domainNameArn: publicArn, accessAssociationSourceType: 'VPCE', accessAssociationSource: vpce },
      fails: [
        bad,
        `Invalid ARN specified in the request: ${publicArn}. Expected the ARN of a private domain name`,
      ],
    },
    {
      call: 'CreateDomainNameAccessAssociation',
      with: {
        domainNameArn: `arn:aws:apigateway:${region}:${account}:/domainnames/${name}+x`,
        accessAssociationSourceType: 'VPCE',
        accessAssociationSource: vpce,
      },
      fails: unknownName,
    },
    {
      call: 'CreateDomainNameAccessAssociation',
      with: {
        domainNameArn: publicArn,
        accessAssociationSourceType: 'VPCE',
        accessAssociationSource: 'eni-1',
      },
      fails: [bad, 'Invalid access association source specified: eni-1. Expected a VPC endpoint id'],
    },
  ],
  'domain names that are refused': [
    refused(
      { domainName: 'Example', certificateArn },
      'Invalid domain name specified: Example. Expected a fully qualified name in lower case, the first label may be *',
    ),
    refused({}, 'A certificate was not provided for the endpoint type EDGE.'),
    refused(
      { certificateArn, ...types('REGIONAL') },
      'A certificate was not provided for the endpoint type REGIONAL.',
    ),
    refused(
      { certificateArn: 'x' },
      'Invalid certificate ARN specified: x. Expected the ARN of a certificate',
    ),
    refused(
      { certificateArn, endpointConfiguration: { types: ['EDGE', 'REGIONAL'] } },
      'Cannot create a domain name with multiple Endpoint Types.',
    ),
    refused({ certificateArn, policy: '{}' }, 'A policy can only be specified for private domain names.'),
    refused(
      { certificateArn, mutualTlsAuthentication: { truststoreUri: 's3://b/k' } },
      'Mutual TLS authentication is only supported for regional domain names.',
    ),
    refused(
      {
        regionalCertificateArn,
        ...types('REGIONAL'),
        mutualTlsAuthentication: { truststoreUri: 'http://b/k' },
      },
      'Invalid truststoreUri specified: http://b/k. Expected s3://bucket/key',
    ),
    refused(
      { certificateArn, securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' },
      'The security policy SecurityPolicy_TLS13_1_3_2025_09 does not fit the endpoint type EDGE.',
    ),
    refused(
      { certificateArn, endpointAccessMode: 'STRICT' },
      'An endpoint access mode needs a security policy that begins with SecurityPolicy_; found TLS_1_2.',
    ),
    refused(
      { certificateArn, endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'ipv4' } },
      'Only dualstack ipAddressType is supported for Private domain names.',
    ),
    refused(
      { certificateName: 'n', certificateBody: 'x' },
      'An uploaded certificate needs certificateBody and certificatePrivateKey.',
    ),
    refused(
      { certificateName: 'n', certificateBody: 'x', certificatePrivateKey: 'y' },
      'The certificate or its private key cannot be read: expected PEM texts.',
    ),
  ],
  tags: [
    regional,
    { call: 'TagResource', with: { resourceArn: publicArn, tags: { a: 'b' } } },
    { call: 'GetTags', with: { resourceArn: publicArn }, gives: { tags: { a: 'b' } } },
    { call: 'UntagResource', with: { resourceArn: publicArn, tagKeys: ['a'] } },
    { call: 'GetTags', with: { resourceArn: publicArn }, gives: { tags: {} } },
    {
      call: 'GetTags',
      with: { resourceArn: `${publicArn}x` },
      fails: [missing, `Invalid resource identifier specified: ${name}x`],
    },
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playCalls(calls, { trustStores }))

test('the policy of a private domain name names it', () => {
  const owner = { account, region, partition: 'aws' }
  expect(domainPolicy('{ "Statement": [{ "Resource": ["execute-api:/*"] }] }', name, 'abcd1234', owner)).toBe(
    `{"Statement":[{"Resource":["arn:aws:execute-api:${region}:${account}:/domainnames/${name}+abcd1234"]}]}`,
  )
})

test('an uploaded certificate is kept, shown by no answer, and goes with the domain name', async () => {
  const { certificate, key } = Authority.create('root').issue({ commonName: name })
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const kept = () => store.read(records.uploadedCertificate, { account, region, parent: '', id: name })
  const upload = { certificateName: 'mine', certificateBody: certificate, certificatePrivateKey: key }
  try {
    await playCallsOn(store, [
      {
        ...create(upload, 'made'),
        gives: {
          domainName: name,
          domainNameArn: publicArn,
          certificateName: 'mine',
          certificateUploadDate: now,
          ...edgeNames,
          endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
          domainNameStatus: 'AVAILABLE',
          securityPolicy: 'TLS_1_2',
          routingMode: 'BASE_PATH_MAPPING_ONLY',
        },
      },
    ])
    expect((await kept())?.value).toEqual({ certificateBody: certificate, certificatePrivateKey: key })
    await playCallsOn(store, [{ call: 'DeleteDomainName', with: { domainName: name } }])
    expect(await kept()).toBeUndefined()
  } finally {
    await store.close()
  }
  const other = Authority.create('root').issue({ commonName: name })
  expect(() =>
    uploadedCertificate({ domainName: name, ...upload, certificatePrivateKey: other.key }),
  ).toThrow('The private key does not belong to the certificate.')
})

test('the key of an uploaded certificate is kept sealed, and no answer shows it', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const sealer = createSealer(randomBytes(sealingKeyBytes))
  const { certificate: certificateBody, key: certificatePrivateKey } = root
  await playCallsOn(store, [create({ certificateName: 'mine', certificateBody, certificatePrivateKey })], {
    sealer,
  })
  const [kept] = await store.scan(records.uploadedCertificate)
  const sealed = kept?.value.certificatePrivateKey ?? ''
  expect(sealed).toStartWith('sealed:1:')
  expect(sealer.open(sealed, uploadedCertificatePlace(name))).toBe(certificatePrivateKey)
  await store.close()
})
