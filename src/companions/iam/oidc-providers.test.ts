import * as iam from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ACCOUNT, refusal, startIdentities, type TestIdentities } from './identities.fixture.ts'

let house: TestIdentities
let client: iam.IAMClient
beforeAll(async () => {
  house = await startIdentities()
  client = house.iam()
})
afterAll(() => house.stop())

const create = (Url: string, more: object = {}) =>
  client.send(new iam.CreateOpenIDConnectProviderCommand({ Url, ...more }))
const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT}:oidc-provider/${name}`

test('a provider is made, changed, listed, tagged and deleted', async () => {
  const OpenIDConnectProviderArn = arnOf('oidc.example.com/id/1')
  const made = await create('https://oidc.example.com/id/1', {
    ClientIDList: ['a'],
    ThumbprintList: ['0'.repeat(40)],
    Tags: [{ Key: 'team', Value: 'pets' }],
  })
  expect(made.OpenIDConnectProviderArn).toBe(OpenIDConnectProviderArn)
  const named = { OpenIDConnectProviderArn }
  await client.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'b' }))
  await client.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ ...named, ClientID: 'b' }))
  await client.send(new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ ...named, ClientID: 'a' }))
  await client.send(
    new iam.UpdateOpenIDConnectProviderThumbprintCommand({ ...named, ThumbprintList: ['f'.repeat(40)] }),
  )
  await client.send(
    new iam.TagOpenIDConnectProviderCommand({ ...named, Tags: [{ Key: 'colour', Value: 'red' }] }),
  )
  await client.send(new iam.UntagOpenIDConnectProviderCommand({ ...named, TagKeys: ['team'] }))
  const Tags = [{ Key: 'colour', Value: 'red' }]
  expect(await client.send(new iam.GetOpenIDConnectProviderCommand(named))).toMatchObject({
    Url: 'oidc.example.com/id/1',
    ClientIDList: ['b'],
    ThumbprintList: ['f'.repeat(40)],
    CreateDate: new Date(Math.floor(house.clock.nowMs / 1000) * 1000),
    Tags,
  })
  expect((await client.send(new iam.ListOpenIDConnectProviderTagsCommand(named))).Tags).toEqual(Tags)
  const list = () => client.send(new iam.ListOpenIDConnectProvidersCommand({}))
  expect((await list()).OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }])
  await client.send(new iam.DeleteOpenIDConnectProviderCommand(named))
  await client.send(new iam.DeleteOpenIDConnectProviderCommand(named))
  expect((await list()).OpenIDConnectProviderList).toEqual([])
  expect(await refusal(client.send(new iam.GetOpenIDConnectProviderCommand(named)))).toBe(
    `NoSuchEntityException: OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
  )
})

test.each([
  ['https://login.example.com', 'answered'],
  ['http://localhost:8080/realms/dev', 'answered'],
  ['http://login.example.com', 'ValidationError'],
  ['login.example.com', 'ValidationError'],
  ['https://login.example.com:8443', 'InvalidInputException'],
  ['https://login.example.com/?a=b', 'InvalidInputException'],
])('a provider of %s is %s', async (url, told) => {
  expect(await refusal(create(url))).toContain(told)
})

test('there is one of a URL, and its lists have an end', async () => {
  await create('https://once.example.com')
  expect(await refusal(create('https://once.example.com'))).toBe(
    'EntityAlreadyExistsException: Provider with url https://once.example.com already exists.',
  )
  const many = Array.from({ length: 101 }, (_, at) => `client-${at}`)
  expect(await refusal(create('https://many.example.com', { ClientIDList: many }))).toBe(
    'LimitExceededException: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
  )
  expect(await refusal(create('https://many.example.com', { ThumbprintList: ['x'.repeat(40)] }))).toContain(
    'A thumbprint is 40 hexadecimal digits',
  )
})
