import * as idp from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { refusal } from '#companions/iam/identities.fixture.ts'
import { startTestPools, type TestPools } from './pools.fixture.ts'

let house: TestPools
beforeAll(async () => {
  house = await startTestPools()
})
afterAll(() => house.stop())

const CertificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/x'
const create = (UserPoolId: string, Domain: string, more: object = {}) =>
  house.sdk.send(new idp.CreateUserPoolDomainCommand({ UserPoolId, Domain, ...more }))
const describeDomain = async (Domain: string) =>
  (await house.sdk.send(new idp.DescribeUserPoolDomainCommand({ Domain }))).DomainDescription
const describePool = async (UserPoolId: string) =>
  (await house.sdk.send(new idp.DescribeUserPoolCommand({ UserPoolId }))).UserPool

test('a pool has a prefix and a domain of its own, and stays while it has them', async () => {
  const UserPoolId = await house.newPool()
  await create(UserPoolId, 'pets')
  const own = await create(UserPoolId, 'auth.example.com', { CustomDomainConfig: { CertificateArn } })
  expect(own.CloudFrontDomain).toContain('.cloudfront.net')
  expect(await describePool(UserPoolId)).toMatchObject({ Domain: 'pets', CustomDomain: 'auth.example.com' })
  await house.sdk.send(
    new idp.UpdateUserPoolDomainCommand({ UserPoolId, Domain: 'pets', ManagedLoginVersion: 2 }),
  )
  expect(await describeDomain('pets')).toMatchObject({
    UserPoolId,
    AWSAccountId: '000000000000',
    Status: 'ACTIVE',
    ManagedLoginVersion: 2,
  })
  expect((await describeDomain('auth.example.com'))?.CustomDomainConfig).toEqual({ CertificateArn })
  const remove = () => house.sdk.send(new idp.DeleteUserPoolCommand({ UserPoolId }))
  expect(await refusal(remove())).toContain('It has a domain configured that should be deleted first')
  for (const Domain of ['pets', 'auth.example.com']) {
    await house.sdk.send(new idp.DeleteUserPoolDomainCommand({ UserPoolId, Domain }))
    expect(await describeDomain(Domain)).toEqual({})
  }
  await remove()
})

test.each([
  ['Upper', {}, 'InvalidParameterException'],
  ['my-aws', {}, 'InvalidParameterException'],
  ['-x', {}, 'InvalidParameterException'],
  ['plain', { CustomDomainConfig: { CertificateArn } }, 'InvalidParameterException'],
])('a domain is not called %s with %j', async (name, more, told) => {
  expect(await refusal(create(await house.newPool(), name, more))).toContain(told)
})

test('a pool has one prefix, and nobody else changes it', async () => {
  const UserPoolId = await house.newPool()
  await create(UserPoolId, 'first')
  expect(await refusal(create(UserPoolId, 'second'))).toContain('already has a domain configured')
  expect(await refusal(create(await house.newPool(), 'first'))).toBe(
    'InvalidParameterException: Domain already exists.',
  )
  const other = { UserPoolId: await house.newPool(), Domain: 'first' }
  expect(await refusal(house.sdk.send(new idp.DeleteUserPoolDomainCommand(other)))).toBe(
    'ResourceNotFoundException: Domain first does not exist.',
  )
})

test('a pool has tags, which a change of it keeps', async () => {
  const UserPoolId = await house.newPool({ UserPoolTags: { team: 'pets' } })
  const ResourceArn = `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${UserPoolId}`
  await house.sdk.send(new idp.TagResourceCommand({ ResourceArn, Tags: { colour: 'red' } }))
  await house.sdk.send(new idp.UpdateUserPoolCommand({ UserPoolId }))
  await house.sdk.send(new idp.UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }))
  const { Tags } = await house.sdk.send(new idp.ListTagsForResourceCommand({ ResourceArn }))
  expect(Tags).toEqual({ colour: 'red' })
  const wrong = new idp.ListTagsForResourceCommand({ ResourceArn: `${ResourceArn}/x` })
  expect(await refusal(house.sdk.send(wrong))).toContain('Expected the ARN of a user pool')
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`k${at}`, 'v']))
  const tooMany = new idp.TagResourceCommand({ ResourceArn, Tags: many })
  expect(await refusal(house.sdk.send(tooMany))).toContain('50 tags at most')
})
